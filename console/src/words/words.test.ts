import { describe, expect, it } from 'vitest'

type Messages = { [key: string]: string | Messages }

const rooms = import.meta.glob<{ zh: Messages; en: Messages }>(['../words/common.ts', '../parts/words.ts', '../rooms/*/words.ts'], { eager: true })

function keys(messages: Messages, before = ''): string[] {
  return Object.entries(messages).flatMap(([key, value]) => (typeof value === 'string' ? [before + key] : keys(value, `${before}${key}.`)))
}

describe.each(Object.entries(rooms))('%s', (_file, { zh, en }) => {
  it('says the same things in both languages', () => {
    expect(keys(en).sort()).toEqual(keys(zh).sort())
  })
})
