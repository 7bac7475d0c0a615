import { type ComponentType, lazy } from 'react'
import { EventPage } from '../pages/event.tsx'
import { EventsPage } from '../pages/events.tsx'
import { OverviewPage } from '../pages/overview.tsx'
import type { Role } from './session.tsx'

/** A page of a tenant; its path is below `/t/{tenant}`. */
export interface RouteOf {
  readonly path: string
  /** Takes the part of the address that `:id` stands for. */
  readonly component: ComponentType<{ readonly id: string }>
  /** Its line in the navigation; a page without one is reached from another. */
  readonly nav?: { readonly group: NavGroup; readonly label: string; readonly role?: Role }
}

export type NavGroup = 'See' | 'Deliver' | 'Steer' | 'Manage'

export const navGroups: readonly NavGroup[] = ['See', 'Deliver', 'Steer', 'Manage']

/** What is seen first comes with the shell; each other page is fetched when it is opened. */
export const routes: readonly RouteOf[] = [
  { path: '/', component: OverviewPage, nav: { group: 'See', label: 'Overview' } },
  {
    path: '/live',
    component: lazy(async () => ({ default: (await import('../pages/live.tsx')).LivePage })),
    nav: { group: 'See', label: 'Live tail' },
  },
  { path: '/events', component: EventsPage, nav: { group: 'See', label: 'Events' } },
  { path: '/events/:id', component: EventPage },
  {
    path: '/conversations',
    component: lazy(async () => ({ default: (await import('../pages/conversations.tsx')).ConversationsPage })),
    nav: { group: 'See', label: 'Conversations' },
  },
  {
    path: '/conversations/:id',
    component: lazy(async () => ({ default: (await import('../pages/conversation.tsx')).ConversationPage })),
  },
  {
    path: '/graph',
    component: lazy(async () => ({ default: (await import('../pages/graph.tsx')).GraphPage })),
    nav: { group: 'See', label: 'Knowledge graph' },
  },
  {
    path: '/endpoints',
    component: lazy(async () => ({ default: (await import('../pages/endpoints.tsx')).EndpointsPage })),
    nav: { group: 'Deliver', label: 'Endpoints' },
  },
  {
    path: '/endpoints/new',
    component: lazy(async () => ({ default: (await import('../pages/endpoint-new.tsx')).NewEndpointPage })),
  },
  {
    path: '/endpoints/:id',
    component: lazy(async () => ({ default: (await import('../pages/endpoint.tsx')).EndpointPage })),
  },
  {
    path: '/deliveries',
    component: lazy(async () => ({ default: (await import('../pages/deliveries.tsx')).DeliveriesPage })),
    nav: { group: 'Deliver', label: 'Deliveries' },
  },
  {
    path: '/deliveries/:id',
    component: lazy(async () => ({ default: (await import('../pages/delivery.tsx')).DeliveryPage })),
  },
  {
    path: '/dead-letters',
    component: lazy(async () => ({ default: (await import('../pages/dead-letters.tsx')).DeadLettersPage })),
    nav: { group: 'Deliver', label: 'Dead letters' },
  },
  {
    path: '/approvals',
    component: lazy(async () => ({ default: (await import('../pages/approvals.tsx')).ApprovalsPage })),
    nav: { group: 'Steer', label: 'Approvals', role: 'operator' },
  },
  {
    path: '/approvals/:id',
    component: lazy(async () => ({ default: (await import('../pages/approval.tsx')).ApprovalPage })),
  },
  {
    path: '/erasures',
    component: lazy(async () => ({ default: (await import('../pages/erasures.tsx')).ErasuresPage })),
    nav: { group: 'Steer', label: 'Erasure', role: 'operator' },
  },
  {
    path: '/parity',
    component: lazy(async () => ({ default: (await import('../pages/parity.tsx')).ParityPage })),
    nav: { group: 'Steer', label: 'Sources and parity' },
  },
  {
    path: '/audit',
    component: lazy(async () => ({ default: (await import('../pages/audit.tsx')).AuditPage })),
    nav: { group: 'Steer', label: 'Audit' },
  },
  {
    path: '/settings',
    component: lazy(async () => ({ default: (await import('../pages/settings.tsx')).SettingsPage })),
    nav: { group: 'Manage', label: 'Settings', role: 'admin' },
  },
  {
    path: '/users',
    component: lazy(async () => ({ default: (await import('../pages/users.tsx')).UsersPage })),
    nav: { group: 'Manage', label: 'Users and tokens' },
  },
]
