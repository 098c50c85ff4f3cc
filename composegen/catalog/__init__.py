"""Every fact about an image or a runtime, one file a component, and what such a file can say."""
