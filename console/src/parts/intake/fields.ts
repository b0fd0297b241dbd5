import type { FormSchema, Property, Values } from '../form/schema'

/** What the API adds for desks: the kinds of matter a field is asked for. */
type Asked = Property & { 'x-kinds'?: string[] }

/** The form as one kind of matter needs it; `whole`: with the fields that are rarely needed; `also`: with these. */
export function forKind(schema: FormSchema, kind: string, whole: boolean, also: readonly string[] = []): FormSchema {
  const properties: Record<string, Property> = {}
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const kinds = (property as Asked)['x-kinds']
    if (kinds && !whole && !kinds.includes(kind) && !also.includes(name)) continue
    properties[name] = property['x-widget'] === 'group' ? { ...property, ...forKind(property as FormSchema, kind, whole) } : property
  }
  const made: FormSchema = { properties, required: (schema.required ?? []).filter((name) => name in properties) }
  return schema.anyOf ? { ...made, anyOf: schema.anyOf } : made
}

/** Whether that kind is asked for the field. */
export function isAsked(schema: FormSchema | undefined, name: string, kind: string): boolean {
  const property = schema?.properties?.[name] as Asked | undefined
  return property !== undefined && (property['x-kinds']?.includes(kind) ?? true)
}

const LONGEST_TITLE = 40

/** What stands for the title where none was typed: the first sentence of the matter. */
export function titleFrom(content: string): string {
  const first = content.trim().split(/[\n。！？!?；;]/)[0]?.trim() ?? ''
  return first.length > LONGEST_TITLE ? `${first.slice(0, LONGEST_TITLE - 1)}…` : first
}

export function textOf(values: Values, name: string): string {
  const value = values[name]
  return typeof value === 'string' ? value : ''
}

export function groupOf(values: Values, name: string): Values {
  return (values[name] as Values | undefined) ?? {}
}
