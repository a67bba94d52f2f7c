"""Multimodal models: images and text together."""
