"""What a person can say in `stack.yaml`: the models, their types, and edits of the text."""
