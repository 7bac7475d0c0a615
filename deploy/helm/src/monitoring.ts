import { join } from 'node:path'
import { type Report, root } from '@millrace/local'
import { debianTool } from './debian-tools.ts'
import { output } from './tools.ts'

const directory = join(root, 'deploy/monitoring')
const alertmanagerFile = join(directory, 'alertmanager.yaml')
/** Labels of an alert, and who is told of it. */
const routed = [
  [['alertname=MillraceKafkaUnreachable', 'severity=page', 'namespace=millrace'], 'on-call'],
  [['alertname=RedisDown', 'severity=page'], 'on-call'],
  [['alertname=MillraceNoData', 'severity=ticket', 'job=console'], 'tickets'],
  [['alertname=Watchdog'], 'tickets'],
] as const

/** The examples of deploy/monitoring, by the tools that will read them. */
export async function checkMonitoring(report: Report): Promise<void> {
  const promtool = await debianTool('promtool', report.note)
  const rules = join(directory, 'infrastructure-rules.yaml')
  await succeeds('promtool check rules', promtool, ['check', 'rules', '--lint=all', '--lint-fatal', rules])
  await succeeds('promtool test rules', promtool, ['test', 'rules', rules.replace('.yaml', '.test.yaml')])
  const amtool = await debianTool('amtool', report.note)
  await succeeds('amtool check-config', amtool, ['check-config', alertmanagerFile])
  for (const [labels, receiver] of routed) {
    const args = ['config', 'routes', 'test', '--config.file', alertmanagerFile, '--verify.receivers', receiver]
    await succeeds(`${labels[0]} goes to ${receiver}`, amtool, [...args, ...labels])
  }

  async function succeeds(name: string, tool: string, args: readonly string[]): Promise<void> {
    const { code, text, errors } = await output(tool, args)
    if (code !== 0) for (const line of `${text}${errors}`.trim().split('\n').slice(0, 40)) report.note(line)
    report.figure(`deploy/monitoring: ${name}`, code, { exactly: 0 })
  }
}
