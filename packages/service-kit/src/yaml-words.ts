import type { ErrorCode } from 'yaml'

/** The parser's own messages quote the file, which holds secrets. */
const words: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias takes no anchor or tag of its own',
  BAD_ALIAS: 'an anchor or alias has a bad name; quote a text that begins with & or *',
  BAD_COLLECTION_TYPE: 'the tag does not fit what follows it',
  BAD_DIRECTIVE: 'a line that begins with % is a directive, and this one is not known',
  BAD_DQ_ESCAPE: 'a text in double quotes has an unknown escape; double its backslash, or use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines before',
  BAD_PROP_ORDER: 'an anchor or tag stands before the indicator that it must follow',
  BAD_SCALAR_START: 'a text may not begin with this character; quote it',
  BLOCK_AS_IMPLICIT_KEY: 'a list or a mapping begins on a line where it cannot; quote a text that holds ": "',
  BLOCK_IN_FLOW: 'a list or mapping in indented style stands inside brackets or braces',
  DUPLICATE_KEY: 'has the same field twice',
  IMPOSSIBLE: 'cannot be read as YAML from here on',
  KEY_OVER_1024_CHARS: 'a field’s name is longer than 1,024 characters',
  MISSING_CHAR: 'a quote, bracket, comma, colon or space is missing, or the indentation is wrong',
  MULTILINE_IMPLICIT_KEY: 'a field’s name goes over several lines; a colon or an indentation is missing',
  MULTIPLE_ANCHORS: 'has more than one anchor',
  MULTIPLE_DOCS: 'holds more than one document',
  MULTIPLE_TAGS: 'has more than one tag',
  NON_STRING_KEY: 'a field’s name must be a text',
  RESOURCE_EXHAUSTION: 'is nested too deeply',
  TAB_AS_INDENT: 'a tab stands where YAML wants spaces',
  TAG_RESOLVE_FAILED: 'a tag is not known; quote a text that begins with !',
  UNEXPECTED_TOKEN: 'something stands here that YAML does not take; a quote or an indentation is missing',
}

/** What a code of the YAML parser means, in words that quote nothing. */
export function wordsFor(code: ErrorCode): string {
  return words[code]
}
