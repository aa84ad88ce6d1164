"""Whether a text can be written down: JSON may escape half a character."""


def is_utf8(text: str) -> bool:
    r"""Say whether a text can be encoded as UTF-8.

    Example:
        >>> is_utf8("a dog"), is_utf8("\ud800")
        (True, False)
    """
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
