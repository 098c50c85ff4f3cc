SIZE = 800
OVERLAP = 120


def cut(text: str, size: int = SIZE, overlap: int = OVERLAP) -> list[str]:
    """Cut a text into chunks of at most `size` characters, between words where it can.

    The last `overlap` characters of a chunk, or somewhat fewer, stand in the next one again, so
    that a thought on the border is whole in one of them.
    """
    text = " ".join(text.split())
    chunks, start = [], 0
    while len(text) - start > size:
        end = text.rfind(" ", start + overlap + 1, start + size + 1)
        end = end if end > 0 else start + size
        chunks.append(text[start:end])
        again = text.find(" ", end - overlap, end)
        start = again + 1 if again > 0 else end
    return [*chunks, text[start:].lstrip()]
