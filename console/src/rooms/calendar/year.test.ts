import { describe, expect, it } from 'vitest'
import { differing, kindOf, turned, weeks, type Draft } from './year'

const draft: Draft = { holidays: new Set(['2026-05-01', '2026-05-02']), workdays: new Set(['2026-05-09']) }

describe('a year of the calendar', () => {
  it('lays a month out in weeks from Monday', () => {
    const may = weeks(2026, 5)
    expect(may[0]).toEqual(['', '', '', '', '2026-05-01', '2026-05-02', '2026-05-03'])
    expect(may.at(-1)!.filter(Boolean).at(-1)).toBe('2026-05-31')
    expect(weeks(2024, 2).flat().filter(Boolean)).toHaveLength(29)
  })
  it('knows what each day is', () => {
    expect(['2026-05-01', '2026-05-03', '2026-05-04', '2026-05-09'].map((day) => kindOf(draft, day))).toEqual(['holiday', 'rest', 'work', 'makeup'])
  })
  it('turns weekdays between work and off, weekend days round all three', () => {
    const off = turned(draft, '2026-05-04')
    expect(kindOf(off, '2026-05-04')).toBe('holiday')
    expect(differing(draft, turned(off, '2026-05-04'))).toEqual([])
    let at = draft
    const seen = [1, 2, 3].map(() => kindOf((at = turned(at, '2026-05-03')), '2026-05-03'))
    expect(seen).toEqual(['makeup', 'holiday', 'rest'])
    expect(differing(draft, off)).toEqual(['2026-05-04'])
  })
})
