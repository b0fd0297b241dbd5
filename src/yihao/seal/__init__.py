"""Sealing: encryption, blind index, commitments, chain arithmetic, phone numbers, masking, redaction.

A ground room: no database, no clock, no network. Only ``keys`` touches the disk. Import the module you need::

    keys      KeyRing, open_keys, create_key_file    the keys of an installation
    box       seal_json, open_json, blind_index      what stands in a sealed column
    commit    commitment, new_salt                   what an event says about a sealed value
    chain     canonical, link, sign_checkpoint       how events hold each other
    phones    normalise_phone, valid_id_number       one spelling per number
    mask      mask_name, mask_phone, ...             what a role without the right to read sees
    redact    redact, secrecy_marks                  personal data and secrecy marks in free text

``docs/sealing.md`` says what is sealed and what a thief gets; ``docs/adr/0005-sealing-and-chain.md`` says why so.
"""
