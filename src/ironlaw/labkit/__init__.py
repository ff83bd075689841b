"""What a lab is, and the proof that it works: specification, flow, scoring, figures, document, contract."""
