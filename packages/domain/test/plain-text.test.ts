import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { plainText, textToRead } from '../src/plain-text.ts'

describe('text of HTML', () => {
  it.each([
    ['blocks are lines', '<div>a</div><div>b<br>c</div>', 'a\nb\nc'],
    ['entities are characters', 'a &amp;&nbsp;b &lt;c&gt; &eacute; &#x1f600;', 'a & b <c> é 😀'],
    ['what nobody sees is left out', '<style>x{}</style><script>y()</script><!-- z --><img src="p.gif" alt="p">a', 'a'],
    ['quotes are marked', 'a<blockquote>b</blockquote>', 'a\n\n> b'],
    ['cells are divided', '<table><tr><td>2</td><td>12 May</td></tr><tr><td>c</td></tr></table>', '2 | 12 May |\nc |'],
    ['headings stay as written', '<h1>Big News</h1>', 'Big News'],
    ['links are their words and target', '<a href="https://a.example">b</a>', 'b <https://a.example>'],
    ['no HTML is no text', '', ''],
  ])('%s', (_, html, text) => {
    expect(plainText(html)).toBe(text)
  })

  test('for reading, a signature is left out', () => {
    const html = '<p>b</p><div class="gmail_signature">Jo</div>'
    expect(textToRead(html)).toBe('b')
    expect(plainText(html)).toBe('b\n\nJo')
  })

  test('is made of any string without an error, also of deep nesting', () => {
    const parts = fc.oneof(
      fc.constantFrom('<div>', '</', '<b', '<table><tr><td>', '&#0;', '&', '<!--', '<a href="'),
      fc.string(),
    )
    fc.assert(fc.property(fc.array(parts), (html) => typeof plainText(html.join('')) === 'string'))
    expect(plainText('<div>'.repeat(100_000))).toBe('')
  })
})
