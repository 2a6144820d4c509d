"""A clothing description without any learnt weights: colours and texture of body parts."""
