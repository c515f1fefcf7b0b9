"""Figures for the folder of a run, one kind a module, drawn without a window.

Each module has `draw(path, ...)`, which writes a PNG.
"""
