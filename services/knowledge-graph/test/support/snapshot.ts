import { snapshotValue } from '@millrace/test-support'

export const BEGUN = 1_694_046_470_930

/** A conversation with one message and one comment. */
export const snapshot = snapshotValue({
  as_of: BEGUN + 5_000,
  subject: 'Order',
  status: 'assigned',
  assignee: { id: 'tea_1', name: 'Ann', handle: 'ann@acme.example' },
  custom_fields_json: '{"Tier":0}',
  created_at: BEGUN,
  messages: [
    {
      id: 'msg_1',
      type: 'email',
      is_inbound: true,
      created_at: BEGUN,
      subject: null,
      blurb: null,
      text: 'Please call bo@other.example',
      is_truncated: false,
      author: null,
      recipients: [{ name: 'Bo', handle: 'bo@other.example', role: 'from' }],
      attachments: [],
    },
  ],
  comments: [
    { id: 'com_1', author: { id: 'tea_1', name: null, handle: null }, text: 'see #86d3f01jq', posted_at: BEGUN },
  ],
})
