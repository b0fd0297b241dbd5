"""Pure decisions, one function a verb: (matter, body, context) -> Decision. ``rules`` says who may ask, and when."""
