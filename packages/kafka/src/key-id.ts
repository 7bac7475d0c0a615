/** The header that names the data key by which a record's value is encrypted; without it the value is as it is. */
export const KEY_ID_HEADER = 'x-key-id'
