import { describe, expect, it } from 'vitest'
import { dayIn, period, periodOf } from './period'

describe('periods', () => {
  it('end today and begin where their name says, across the turn of a year', () => {
    expect(period('today', '2026-03-01')).toEqual({ from: '2026-03-01', to: '2026-03-01' })
    expect(period('week', '2026-03-01')).toEqual({ from: '2026-02-23', to: '2026-03-01' })
    expect(period('month', '2026-03-15')).toEqual({ from: '2026-03-01', to: '2026-03-15' })
    expect(period('lastMonth', '2026-01-15')).toEqual({ from: '2025-12-01', to: '2025-12-31' })
    expect(period('year', '2026-03-15')).toEqual({ from: '2026-01-01', to: '2026-03-15' })
  })
  it('take the day of the place, not of the browser', () => {
    expect(dayIn('Asia/Shanghai', new Date('2026-03-01T17:00:00Z'))).toBe('2026-03-02')
  })
  it('take from an address what is a period alone', () => {
    expect(periodOf({ from: '2026-03-01', to: '2026-03-02' })).toEqual({ from: '2026-03-01', to: '2026-03-02' })
    expect(periodOf({ from: '2026-03-03', to: '2026-03-02' })).toBeUndefined()
    expect(periodOf({ from: 'x', to: '2026-03-02' })).toBeUndefined()
  })
})
