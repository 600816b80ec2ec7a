"""The whole system: composing feeds recommending, and recommending feeds composing. Sees everything below the widgets."""
