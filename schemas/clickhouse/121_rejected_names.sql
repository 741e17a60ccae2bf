ALTER TABLE rejected
    ADD COLUMN IF NOT EXISTS names Array(String) COMMENT 'Identifiers and personal values found in it, as they are stored elsewhere: type:value, hashed where personal; a value alone where no type stands beside it',
    ADD COLUMN IF NOT EXISTS readable UInt8 COMMENT '1: all of it could be looked through for names; 0: nobody knows whom it may name'
