"""Say as a receiver would whether a message is from whom it says: SPF, DKIM, DMARC, ARC.

Values in, values out, over an injected resolver; nothing here asks a network but `live`.
"""
