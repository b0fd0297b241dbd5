export const zh = {
  title: '话务坐席',
  keys: '快捷键',
  key: { phone: '电话', search: '查知识', cite: '引用', submit: '提交', digits: '在选项组内按数字直接选择' },
}

export const en: typeof zh = {
  title: 'Seat',
  keys: 'Keys',
  key: { phone: 'phone', search: 'knowledge', cite: 'cite', submit: 'send', digits: 'in a group of choices a digit chooses' },
}
