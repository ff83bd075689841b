"""The offline site: the same pages, with the engine in a worker of the browser and the ledger in its storage."""
