import { describe, expect, it } from 'vitest'
import { bodyOf, defaultsOf, missing, missingWays, openOptions, touched, type FormSchema } from './schema'

const schema: FormSchema = {
  required: ['text', 'stages'],
  anyOf: [{ required: ['to'] }, { required: ['partner'] }],
  properties: {
    text: { title: '答复内容', 'x-widget': 'text' },
    contacted: { title: '已联系', 'x-widget': 'yes_no', default: true },
    at: { title: '时间', 'x-widget': 'moment' },
    to: { title: '转往', 'x-widget': 'line' },
    partner: { title: '联动单位', 'x-widget': 'partner' },
    stages: { title: '环节', 'x-widget': 'map', required: ['revisit'] },
    caller: { title: '诉求人', 'x-widget': 'group', properties: { name: { title: '姓名' }, phone: { title: '电话' } } },
    level: { title: '级别', 'x-widget': 'choice', 'x-options': [{ value: 1, label: '一', label_en: 'one' }] },
    tool: { title: '方式', 'x-widget': 'choice', 'x-options': [{ value: 'urge', label: '催', label_en: 'urge', when: { level: 1 } }, { value: 'talk', label: '谈', label_en: 'talk', when: { level: 4 } }] },
  },
}

describe('a form of the API', () => {
  it('leaves out what is empty and keeps what a switch says', () => {
    const values = { ...defaultsOf(schema), text: ' 已修复 ', contacted: false, to: '  ', caller: { name: '', phone: '' }, stages: { revisit: '已短信回访', rate: '' } }
    expect(bodyOf(schema, values, 'Asia/Shanghai')).toEqual({ text: '已修复', contacted: false, stages: { revisit: '已短信回访' } })
  })

  it('gives times the offset of the place', () => {
    expect(bodyOf(schema, { at: '2026-01-05T09:30' }, 'Asia/Shanghai')).toEqual({ at: '2026-01-05T09:30:00+08:00' })
  })

  it('names what is missing', () => {
    expect(missing(schema, { text: ' ', stages: { rate: 'x' } }).map(({ name }) => name)).toEqual(['text', 'stages'])
    expect(missingWays(schema, {})).toEqual(['转往', '联动单位'])
    expect(missingWays(schema, { partner: 3 })).toEqual([])
  })

  it('knows whether anything was typed', () => {
    expect(touched(schema, defaultsOf(schema))).toBe(false)
    expect(touched(schema, { ...defaultsOf(schema), text: '字' })).toBe(true)
  })

  it('offers the choices that go with the others', () => {
    expect(openOptions(schema.properties!.tool!, { level: 4 }).map(({ value }) => value)).toEqual(['talk'])
  })
})
