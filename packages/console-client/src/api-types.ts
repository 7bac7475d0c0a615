// Made from services/console/openapi.json by `pnpm --filter @millrace/console generate`; not edited by hand.

export interface paths {
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who the caller is, and what they may do where */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One tenant, and the caller’s role in it */
        get: operations["getTenant"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Grant: {
            /** @description `*`: all tenants. */
            tenant: string;
            /** @enum {string} */
            role: "viewer" | "operator" | "approver" | "admin";
        };
        Me: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "user" | "token";
            tenants: components["schemas"]["Grant"][];
        };
        Problem: {
            /** @description A page below the console’s address that explains the code. */
            type: string;
            title: string;
            status: number;
            detail: string;
            /** @description MR_CONSOLE_… (docs/errors.md) */
            code: string;
            request_id: string;
            /** @description Of MR_CONSOLE_DATABASE: since when the database has not answered. */
            stale_since?: number;
            /** @description Each field that is missing or wrong. */
            errors?: {
                pointer: string;
                detail: string;
            }[];
        };
        Tenant: {
            tenant: string;
            /**
             * @description Of whoever asks.
             * @enum {string}
             */
            role: "viewer" | "operator" | "approver" | "admin";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Grant = components['schemas']['Grant'];
export type Me = components['schemas']['Me'];
export type Problem = components['schemas']['Problem'];
export type Tenant = components['schemas']['Tenant'];
export type $defs = Record<string, never>;
export interface operations {
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who the caller is, and what they may do where */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getTenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One tenant, and the caller’s role in it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            /** @description A problem document */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
