"""The questions of act I: the bottleneck, the stage, and the cure, with the answer to each misconception."""

from __future__ import annotations

from ironlaw.labkit.spec import Feedback, Reflection, Term, TermQuestion, Try
from ironlaw.labs.v1_04_data_gravity import feeding
from ironlaw.labs.v1_04_data_gravity.act1_panel import MORE_WORKERS, START

PREDICTION = TermQuestion(
    quantity="Images a second gained",
    title="What taking each suspect away would bring",
    pick="largest",
    text=(
        "The GPU is {use} used, {rate} images a second. Each suspect can be taken away on its own. "
        "**Which of them holds the run back?**"
    ),
    options=(
        Term(
            id="compute",
            fact="gain_compute",
            short="GPU compute",
            text="GPU compute: the arithmetic is too much for one GPU",
            feedback=Feedback(
                title="“Slow training needs more GPU”",
                text=(
                    "A GPU that waits {idle} of its time has no shortage of arithmetic. With {asked:words} times the GPUs the "
                    "same loader delivers no image more, and each GPU is {four_use} used. Your last "
                    "settings trained {now.rate}, with the GPU {now.use} in use."
                ),
                attempt=Try(text="Set the GPUs that were asked for", settings={**START, "gpus": feeding.GPUS_ASKED}),
            ),
        ),
        Term(
            id="pipeline",
            fact="gain_pipeline",
            short="data pipeline",
            text="The data pipeline: batches do not arrive as fast as they are trained",
        ),
        Term(
            id="model",
            fact="gain_model",
            short="model too small",
            text="The model is too small: it gives a large GPU too little to do",
            feedback=Feedback(
                title="“A larger model would fill the GPU”",
                text=(
                    "It would: ResNet-152 keeps the GPU {large_use} busy. But it trains the same {rate_large} images a "
                    "second, because no more arrive; it only works longer on each. At your settings {now.rate} images a "
                    "second arrived."
                ),
                attempt=Try(text="Train the larger network", settings={**START, "model": "resnet-152"}),
            ),
        ),
        Term(
            id="learning",
            fact="gain_learning",
            short="learning rate",
            text="The learning rate: the run takes small steps and progress is slow",
            feedback=Feedback(
                title="“Tune the learning rate”",
                text=(
                    "The learning rate decides how many steps are needed, not how long one takes: it appears in no stage's "
                    "time. The message complains of {rate} images a second on a GPU that could train {gpu_rate}. Your last "
                    "design trained {now.rate}, and no learning rate entered into it."
                ),
                attempt=Try(text="More workers, the same learning rate", settings={**START, "workers": MORE_WORKERS}),
            ),
        ),
    ),
)

STAGE = TermQuestion(
    quantity="Time that the stage takes for a batch",
    title="How long each stage takes for a batch",
    pick="largest",
    text="**Which stage sets the pace of this run?** It is the one that takes longest for a batch; the others wait for it.",
    options=(
        Term(
            id="storage",
            fact="batch_storage",
            short="storage",
            text="Storage: reading single files in random order",
            feedback=Feedback(
                title="“Random reads are slow”",
                text=(
                    "They are on a hard disk, which would give {disk_files} images a second. This NVMe drive gives a "
                    "single reader {storage_rate}: at {rate} images a second it moves {drive_used} of its {drive_rate}. Your last design read "
                    "{now.storage_rate} images a second from storage and trained {now.rate}."
                ),
                attempt=Try(text="Put all images into RAM", settings={**START, "storage": feeding.RAM}),
            ),
        ),
        Term(id="decode", fact="batch_decode", short="decoding", text="Decoding: the loader's workers"),
        Term(
            id="link",
            fact="batch_link",
            short="link to the GPU",
            text="The link from host to GPU: decoded pixels are large",
            feedback=Feedback(
                title="“Decoded pixels choke the link”",
                text=(
                    "Decoded pixels are larger than the file, {decoded} against {start_image}, yet the link carries "
                    "{link_rate} such images a second. Even as FP32, {decoded_fp32} each, they would leave it mostly idle. "
                    "At your settings it could carry {now.link_rate}."
                ),
                attempt=Try(text="Send FP32 over the link", settings={**START, "form": "fp32"}),
            ),
        ),
        Term(
            id="gpu",
            fact="batch_gpu",
            short="GPU",
            text="The GPU: training takes longer than loading",
            feedback=Feedback(
                title="“The last stage is the slow one”",
                text=(
                    "The gauge shows it waiting {idle} of the time: a stage that waits is not the slowest. Fed, it trains "
                    "{gpu_rate} images a second. An older, slower GPU would train the same {rate_slow} and be {slow_use} "
                    "used; yours is {now.use} used at your settings."
                ),
                attempt=Try(text="Set a slower GPU", settings={**START, "device": "v100-sxm"}),
            ),
        ),
    ),
)

REFLECTION = Reflection(
    question=TermQuestion(
        quantity="Images a second after the cure",
        title="What each cure brings to the message's design",
        pick="largest",
        text="Back to the design in the message, {rate} images a second. **Which single change cures it?**",
        options=(
            Term(
                id="gpus",
                fact="rate_gpus",
                short="more GPUs",
                text="More GPUs on the same host: {asked:words} times as many",
                feedback=Feedback(
                    title="“More mouths eat faster”",
                    text=(
                        "They share one loader, and it still delivers {rate_gpus} images a second: each GPU is {four_use} "
                        "used. More GPUs are right once the one you have is busy. At your last settings it was {now.use} "
                        "used."
                    ),
                    attempt=Try(text="Show the starving GPUs", settings={**START, "gpus": feeding.GPUS_ASKED}),
                ),
            ),
            Term(
                id="batch",
                fact="rate_batch",
                short="larger batch",
                text="A larger batch: fewer, longer steps",
                feedback=Feedback(
                    title="“A larger batch uses the GPU better”",
                    text=(
                        "A step gets longer, and so does the wait for its images: {rate_batch} images a second as before. "
                        "The loader is paid by the image, not by the step. Yours delivered {now.loader_rate} at your last "
                        "settings."
                    ),
                    attempt=Try(text="Quadruple the batch", settings={**START, "batch": 1024.0}),
                ),
            ),
            Term(
                id="storage",
                fact="rate_storage",
                short="faster storage",
                text="Faster storage: all images in RAM",
                feedback=Feedback(
                    title="“The fastest storage feeds best”",
                    text=(
                        "Storage was not the slowest stage: it could give {storage_rate} images a second already. With the "
                        "images in RAM the workers still decode {rate_storage}. Faster storage is the cure where storage "
                        "binds; at your last settings the slowest was {now.slowest}."
                    ),
                    attempt=Try(text="Put all images into RAM", settings={**START, "storage": feeding.RAM}),
                ),
            ),
            Term(
                id="workers",
                fact="rate_workers",
                short="more workers",
                text="More loader workers: {more_workers:words} instead of {start_workers:words}",
            ),
            Term(
                id="small",
                fact="rate_small",
                short="smaller model",
                text="A smaller model: ResNet-34 trains an image sooner",
                feedback=Feedback(
                    title="“A smaller model trains faster”",
                    text=(
                        "A smaller model would help if the GPU were the limit. Behind this loader it trains {rate_small} images a second, "
                        "and waits still longer for each. Your last design fed {now.rate}; the model in it did not decide "
                        "that unless the GPU was the slowest stage."
                    ),
                    attempt=Try(text="Train the smaller network", settings={**START, "model": "resnet-34"}),
                ),
            ),
        ),
    ),
    ask="Say in a sentence when faster storage would have been the cure instead.",
    correct=(
        "Yes: {rate_workers} images a second instead of {rate}, for {core_bill} of cores a month. The cure is always the slowest "
        "stage, and then the next one is slowest. On a hard disk the same single files would have made it storage, "
        "{disk_files} images a second; the same disk gives {disk_shards} when shards are read in order."
    ),
)
