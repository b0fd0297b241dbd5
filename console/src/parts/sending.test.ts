import { describe, expect, it } from 'vitest'
import { keysOf } from './sending'

describe('keys of what is sent', () => {
  it('stay while the same is sent again, whoever else was faster meanwhile', () => {
    const keys = keysOf()
    const first = keys.of({ text: '已修复' })
    expect(first).toMatch(/^[0-9a-f]{32}$/)
    expect(keys.of({ text: '已修复' })).toBe(first)
  })

  it('are others for other words, and once it is done', () => {
    const keys = keysOf()
    const first = keys.of({ text: '已修复' })
    const second = keys.of({ text: '已修复路灯' })
    expect(second).not.toBe(first)
    keys.done()
    expect(keys.of({ text: '已修复路灯' })).not.toBe(second)
  })
})
