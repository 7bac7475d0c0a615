import { z } from 'zod'
import { defineRoutes } from '../access/define-routes.ts'
import { readClientGraph } from '../read/graph/client-graph.ts'
import { exportFile } from '../read/graph/export-file.ts'
import { findNodes, readNode } from '../read/graph/find-nodes.ts'
import { findPath } from '../read/graph/find-path.ts'
import { readNeighbours } from '../read/graph/neighbours.ts'
import {
  exportQuery,
  graphNodeDetail,
  graphPath,
  idParams,
  neighbourhood,
  neighboursQuery,
  nodePage,
  nodesQuery,
  nodesSearch,
  pathQuery,
} from '../read/schemas/index.ts'

const tags = ['graph']
const params = idParams('id')

export const graphRoutes = defineRoutes((app, deps) => {
  app.get(
    '/graph/nodes',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listNodes',
        summary: 'Nodes that fit, those seen last first',
        tags,
        querystring: nodesQuery,
        response: { 200: nodePage },
      },
    },
    async ({ tenant, query }) => await findNodes(deps.db, tenant, query, deps.reading.words),
  )
  app.post(
    '/graph/nodes/search',
    {
      config: { role: 'viewer', isSearch: true },
      schema: {
        operationId: 'searchNodes',
        summary: 'Nodes by label, address or number, those seen last first',
        description: 'As the list, with a text besides: in the body, so that no URL names anybody.',
        tags,
        body: nodesSearch,
        response: { 200: nodePage },
      },
    },
    async ({ tenant, body }) => await findNodes(deps.db, tenant, body, deps.reading.words),
  )
  app.get(
    '/graph/nodes/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getNode',
        summary: 'One node with what it rests on',
        tags,
        params,
        response: { 200: graphNodeDetail },
      },
    },
    async ({ tenant, params }) => await readNode(deps.db, tenant, params.id),
  )
  app.get(
    '/graph/nodes/:id/neighbours',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getNeighbours',
        summary: 'What lies around a node, to a depth',
        tags,
        params,
        querystring: neighboursQuery,
        response: { 200: neighbourhood },
      },
    },
    async ({ tenant, params, query }) => await readNeighbours(deps.db, tenant, params.id, query),
  )
  app.get(
    '/graph/path',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getPath',
        summary: 'A shortest way between two nodes',
        tags,
        querystring: pathQuery,
        response: { 200: graphPath },
      },
    },
    async ({ tenant, query }) => await findPath(deps.db, tenant, query),
  )
  const file = { schema: z.string() }
  app.get(
    '/graph/export',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'exportGraph',
        summary: 'A client’s graph as a file: JSON, CSV for Neo4j, or GraphML',
        tags,
        querystring: exportQuery,
        response: {
          200: {
            description: 'The file',
            content: { 'application/json': file, 'text/csv': file, 'application/graphml+xml': file },
          },
        },
      },
    },
    async ({ tenant, query }, reply) => {
      const graph = await readClientGraph(deps.db, tenant, query.client, query.ended === 'true', deps.reading.words)
      const { name, type, body } = exportFile(graph, query)
      return reply
        .header('content-disposition', `attachment; filename="${name}"`)
        .type(type)
        .serializer((value: unknown) => value as string)
        .send(body as unknown as string)
    },
  )
})
