import { describe, expect, it } from 'vitest'
import { differences, fits, rulesOf, said } from './rules'

const basis = { document: 'MD', number: '例政办发〔2021〕1号', clause: '三(四)', quote: '2小时内签收', source: null, design: null, reading: null, layer: 'example' }
const place = {
  limits: { sign: { basis, rule: '2 office hours' } },
  acceptance: { outcomes: [{ basis, code: 'in_scope', zh: '属于受理范围', en: 'in scope', action: 'handle' }] },
  kinds: { consult: { kind: 'consult', extension: { basis, allowed: true, times: 1, grounds: [{ basis, code: 'hard', zh: '情况复杂', en: 'complex' }] } } },
}

describe('rules', () => {
  it('are found wherever they stand, named by their path', () => {
    expect(rulesOf(place).map(({ path }) => path)).toEqual(['limits.sign', 'acceptance.outcomes.in_scope', 'kinds.consult.extension', 'kinds.consult.extension.grounds.hard'])
    const [sign] = rulesOf(place)
    expect(sign).toMatchObject({ clause: '例政办发〔2021〕1号 三(四)', quote: '2小时内签收', layer: 'example', section: 'limits' })
  })
  it('say their value, alone or each with its name, without the rules within', () => {
    const [sign, , extension] = rulesOf(place)
    expect(said(sign!, '是', '否')).toBe('2 office hours')
    expect(said(extension!, '是', '否')).toBe('allowed：是；times：1')
  })
  it('are found by what they quote', () => {
    expect(rulesOf(place).filter((rule) => fits(rule, '签收 sign')).map(({ path }) => path)).toEqual(['limits.sign'])
  })
  it('differ by value, not by basis', () => {
    const other = structuredClone(place)
    other.limits.sign = { basis: { ...basis, quote: '四小时' }, rule: '4 office hours' }
    other.acceptance.outcomes[0]!.basis = { ...basis, clause: '九' }
    expect(differences(rulesOf(place), rulesOf(other)).map(({ path }) => path)).toEqual(['limits.sign'])
  })
})
