export const zh = {
  title: '值班室',
  urgent: '紧急与特急',
  list: {
    untaken: '无人接手',
    unsigned: '单位未签收',
    refusals: '不予受理待确认',
    bad: '差评待认定',
    overdue: '已超期',
  },
  hint: {
    untaken: '已登记，尚未派出，按派单时限排列。',
    unsigned: '已派出，承办单位尚未签收，已临期或超期的优先电话催促。',
    refusals: '话务员提出不予受理，须由班长确认后告知诉求人。',
    bad: '诉求人给出差评：认定是否重办，或说明不重办的理由。',
    overdue: '热线和承办单位的各类超期事项。',
  },
  counted: '超期 {red}，临期 {yellow}',
  lists: '待办列表',
}

export const en: typeof zh = {
  title: 'Duty office',
  urgent: 'Urgent and critical',
  list: {
    untaken: 'Nobody has taken',
    unsigned: 'Not signed by units',
    refusals: 'Refusals to confirm',
    bad: 'Bad ratings',
    overdue: 'Past due',
  },
  hint: {
    untaken: 'Registered and not dispatched, by the time they must be.',
    unsigned: 'Dispatched and not signed by the unit; ring those that are due soon or past due.',
    refusals: 'An agent would refuse the matter; the shift lead confirms before the citizen is told.',
    bad: 'The citizen rated it badly: have it redone, or give the reason why not.',
    overdue: 'Whatever hotline and units are late with.',
  },
  counted: '{red} past due, {yellow} due soon',
  lists: 'Lists',
}
