import { type Found, found } from './reader.ts'

const CONVERSATION = /(?<![\w/])cnv_[0-9a-z]{3,20}(?!\w)/g
// ClickUp's own marks: `#86d3f01jq` and `CU-86d3f01jq`, nine characters that begin with a figure and hold a letter.
const TASK_ID = /(?<![\w/&-])(?:#|CU-)((?=[0-9a-z]*[a-z])\d[0-9a-z]{8})(?![\w-])/g
// `PROJ-123` has the form of UTF-8, ISO-9001 and INV-2024, so a word must say that it is a task.
const CUSTOM_IDS =
  /\b(?:sub-?tasks?|tasks?|clickup|depends on|blocked by|blocks|duplicates? of)(?: (?:id|no\.?|number))?[:\s]\s*#?([A-Z][A-Z0-9]{1,9}-\d{1,7}(?!\w)(?:(?:, | and | or |, and )[A-Z][A-Z0-9]{1,9}-\d{1,7}(?!\w))*)/gi
const NORM = /^(?:UTF|ISO|RFC|CVE|SHA|IEEE|HTTP|COVID|DIN|EN|IEC|ASTM)-/
const CUSTOM_ID = /(?<!\w)[A-Z][A-Z0-9]{1,9}-\d{1,7}(?!\w)/g

/** Tasks and conversations that are named by the vendor's id. */
export function readReferences(text: string): Found[] {
  const conversations = [...text.matchAll(CONVERSATION)].map((match) =>
    found('conversation_reference', match[0], spanOf(match.index, match[0]), { vendor: 'front', url: null }),
  )
  const tasks = [...text.matchAll(TASK_ID)].map((match) =>
    found('task_reference', match[1] ?? '', spanOf(match.index, match[0]), { vendor: 'clickup', url: null }),
  )
  return [...conversations, ...tasks, ...customIds(text)]
}

function customIds(text: string): Found[] {
  return [...text.matchAll(CUSTOM_IDS)].flatMap((match) => {
    const list = match[1] ?? ''
    const offset = match.index + match[0].length - list.length
    return [...list.matchAll(CUSTOM_ID)]
      .filter(([id]) => !NORM.test(id))
      .map((id) => found('task_reference', id[0], spanOf(offset + id.index, id[0]), { vendor: 'clickup', url: null }))
  })
}

function spanOf(start: number, words: string): readonly [number, number] {
  return [start, start + words.length]
}
