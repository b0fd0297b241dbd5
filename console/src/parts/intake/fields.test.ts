import { describe, expect, it } from 'vitest'
import type { FormSchema } from '../form/schema'
import { forKind, isAsked, titleFrom } from './fields'

const schema = {
  properties: {
    content: {},
    accused: { 'x-kinds': ['complaint'] },
    files: { 'x-kinds': ['help', 'complaint'] },
    caller: { 'x-widget': 'group', properties: { name: {}, anonymous: { 'x-kinds': ['complaint'] } }, required: ['anonymous'] },
  },
  required: ['content', 'accused'],
} as FormSchema

const names = (form: FormSchema): string[] => Object.keys(form.properties ?? {})

describe('a form for one kind of matter', () => {
  it('asks what the kind needs, inside groups too', () => {
    const consult = forKind(schema, 'consult', false)
    expect(names(consult)).toEqual(['content', 'caller'])
    expect(consult.required).toEqual(['content'])
    expect(names(consult.properties!.caller as FormSchema)).toEqual(['name'])
    expect(names(forKind(schema, 'complaint', false))).toEqual(['content', 'accused', 'files', 'caller'])
  })
  it('asks everything when wanted, and what the desk asks besides', () => {
    expect(names(forKind(schema, 'consult', true))).toEqual(names(schema))
    expect(names(forKind(schema, 'consult', false, ['files']))).toEqual(['content', 'files', 'caller'])
  })
  it('knows whether a field is asked', () => {
    expect([isAsked(schema, 'accused', 'complaint'), isAsked(schema, 'accused', 'consult'), isAsked(schema, 'none', 'consult')]).toEqual([true, false, false])
  })
})

describe('a title from the matter', () => {
  it('is its first sentence', () => {
    expect(titleFrom(' 身份证丢了怎么补办？急用。')).toBe('身份证丢了怎么补办')
    expect(titleFrom('')).toBe('')
    expect(titleFrom('长'.repeat(80))).toHaveLength(40)
  })
})
