"""Vision: image classification, image generation, face recognition."""
