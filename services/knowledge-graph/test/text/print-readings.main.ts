// Prints what the labelled texts are read as, so that runs under different time zones can be compared.
import { labelledTexts, readLabelled } from './score-mentions.ts'

console.log(JSON.stringify(labelledTexts('dev').map(readLabelled)))
