// Made from services/console/openapi.json by `pnpm --filter @millrace/console generate`; not edited by hand.

export interface paths {
    "/api/v1/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begin a session, by name and password or by the code of a one-time link */
        post: operations["logIn"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End this session */
        post: operations["logOut"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
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
    "/api/v1/me/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set one’s own password; all other sessions end */
        put: operations["setMyPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Users by name */
        get: operations["listUsers"];
        put?: never;
        /** Add a user, who sets a password by the one-time link that is given back */
        post: operations["addUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One user */
        get: operations["getUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Change a user’s roles, or keep them out; both hold from the next request on */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/api/v1/users/{user_id}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give a user a new one-time link, for a forgotten password; the one before no longer works */
        post: operations["giveUserLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One’s own tokens; everybody’s for an administrator of everything */
        get: operations["listTokens"];
        put?: never;
        /** Make a token for a program; it may do no more than whoever makes it, now and later */
        post: operations["addToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a token of one’s own, or anybody’s as administrator of everything; it ends at once */
        delete: operations["removeToken"];
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
    "/api/v1/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How current the ledger is, and how far a rebuild */
        get: operations["getLedgerStanding"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ledger/rebuild": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Empty the ledger and build it anew from the topics; nothing else is touched */
        post: operations["rebuildLedger"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/retention": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** For how long each tenant’s data is kept, by which means, and what was done last */
        get: operations["getRetention"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How everything is doing
         * @description Figures of the tenant; lag of consumers and health of services are those of the installation, at most 5 s old.
         */
        get: operations["getOverview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/ledger": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How current everything is that the console shows */
        get: operations["getLedger"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events that fit a filter, newest first */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/events/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Events that fit a filter and have a text in their payload, newest first
         * @description As the list, with a text besides: in the body, so that no URL names anybody.
         */
        post: operations["searchEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/events/{event_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event with the times of its hops and its runs */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/events/{event_id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What happened to an event, hop by hop, as a waterfall */
        get: operations["getTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/events/{event_id}/payload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the provider sent, byte for byte */
        get: operations["getPayload"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/events/{event_id}/support": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that a support case needs of an event, without personal data */
        get: operations["getSupportPack"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens now, as server-sent events
         * @description Goes on after the message whose id `Last-Event-ID` names. A stream ends after five minutes, so that the caller’s right is looked at anew; readers of server-sent events come again by themselves. `gap` says that something was left out.
         */
        get: operations["streamLive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/conversations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Conversations, those that changed last first */
        get: operations["listConversations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/conversations/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Conversations by subject or person, those that changed last first
         * @description As the list, with a text besides: in the body, so that no URL names anybody.
         */
        post: operations["searchConversations"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/conversations/{conversation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One conversation with its last messages */
        get: operations["getConversation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/graph/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Nodes that fit, those seen last first */
        get: operations["listNodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/graph/nodes/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Nodes by label, address or number, those seen last first
         * @description As the list, with a text besides: in the body, so that no URL names anybody.
         */
        post: operations["searchNodes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/graph/nodes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One node with what it rests on */
        get: operations["getNode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/graph/nodes/{id}/neighbours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What lies around a node, to a depth */
        get: operations["getNeighbours"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/graph/path": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A shortest way between two nodes */
        get: operations["getPath"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/graph/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A client’s graph as a file: JSON, CSV for Neo4j, or GraphML */
        get: operations["exportGraph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Deliveries that fit, the last requested first */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/deliveries/{delivery_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One delivery with every try */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/dead-letters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Dead-letter topics that hold something, with how much, since when and why */
        get: operations["listDeadLetterTopics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/dead-letters/{topic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What lies in one dead-letter topic, newest first */
        get: operations["listDeadLetters"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Configured sources with their modes and what came from them; no secrets */
        get: operations["listSources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/parity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How webhooks and polling compare, and whether cutting over is safe */
        get: operations["listParity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/notices": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Warnings and news for operators, newest first */
        get: operations["listNotices"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The settings that the console runs with; secrets are masked */
        get: operations["listSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/replays": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Replays, newest first */
        get: operations["listReplays"];
        put?: never;
        /**
         * Have events handled once more by one target, or count them first
         * @description With `dry_run` nothing is done and the answer is a plan. 202: it waits for a second person (`approval_id`).
         */
        post: operations["createReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/replays/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One replay with its progress */
        get: operations["getReplay"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/replays/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a replay; what it has written stays written */
        post: operations["cancelReplay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/redrives": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Redrives, newest first */
        get: operations["listRedrives"];
        put?: never;
        /**
         * Put dead letters back to the group that gave them up, or count them first
         * @description With `dry_run` nothing is done and the answer is a plan. 202: it waits for a second person (`approval_id`).
         */
        post: operations["createRedrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/redrives/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One redrive with its progress */
        get: operations["getRedrive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/redrives/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop a redrive; what it has put back stays there */
        post: operations["cancelRedrive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/erasures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Erasures, newest first; none names whom it was about */
        get: operations["listErasures"];
        put?: never;
        /**
         * Ask for everything of a person or conversation to be erased, or look what there is first
         * @description With `dry_run` nothing is done and the answer is a plan. 202: it waits for a second person (`approval_id`), always.
         */
        post: operations["requestErasure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/erasures/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One erasure with its progress, and its signed receipt once it is done */
        get: operations["getErasure"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/erasures/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a request for erasure back; one that has begun is brought to its end */
        post: operations["cancelErasure"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/erasure-receipt-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Public keys by which receipts of erasures are checked */
        get: operations["getReceiptKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/subject-exports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Everything of a person or conversation that can be read, as one JSON document
         * @description Reads every topic from its beginning, which takes minutes where they are large. `is_complete` at the end says that nothing is missing.
         */
        post: operations["exportSubject"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/endpoints": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Endpoints and conversation configs, newest first */
        get: operations["listEndpoints"];
        put?: never;
        /** Add an endpoint; its secret is told this once */
        post: operations["createEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/endpoints/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One endpoint, and how it does */
        get: operations["getEndpoint"];
        put?: never;
        post?: never;
        /** Remove an endpoint; what is on its way to it is dropped */
        delete: operations["removeEndpoint"];
        options?: never;
        head?: never;
        /** Change an endpoint; what is not named stays as it is */
        patch: operations["updateEndpoint"];
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/endpoints/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say whether a URL may be an endpoint, without sending it anything */
        post: operations["checkEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/configs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set conversation configs; one of the same conversation, channel and usecase is replaced */
        put: operations["setConfigs"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/endpoints/{id}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give an endpoint a new secret; the old one signs too for a while */
        post: operations["rotateEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/endpoints/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause an endpoint at once, without approval */
        post: operations["disableEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/endpoints/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let an endpoint get deliveries again, whoever disabled it
         * @description 202: it waits for a second person, where CONSOLE_APPROVE names `endpoint-enable`.
         */
        post: operations["enableEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/endpoints/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send an endpoint one delivery (type endpoint.test), and show what came of the first try
         * @description Signed, limited and tried as every other; where the endpoint asks for consent, the receiver is asked first.
         */
        post: operations["testEndpoint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/endpoints/reseal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Encrypt the secrets and headers of all endpoints anew with the current key
         * @description The step between a new key in front of MILLRACE_SECRET_KEYS and taking the old one out. No secret changes.
         */
        post: operations["resealEndpoints"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/sources/{source}/mode": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set by which way the events of a source count, at once and without approval
         * @description Every replica follows within 5 s. Rolling back is mode `polling` for all conversations.
         */
        put: operations["setMode"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests for approval, newest first */
        get: operations["listApprovals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/approvals/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One request for approval, with exactly what would be executed */
        get: operations["getApproval"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/approvals/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Approve a request of another person, and have it executed
         * @description By a person who is signed in, never by a token. 403 where the caller is not surely another person than who asked, 409 where the request is not open any more or not what the caller saw.
         */
        post: operations["approveRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/approvals/{id}/refuse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Refuse a request; it is never executed */
        post: operations["refuseRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/approvals/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a request back: one’s own, or as an administrator anybody’s */
        post: operations["cancelRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for data to be sent to a client’s webhook (send_webhook_response)
         * @description Nothing is sent before another person approves it; then the delivery service sends exactly these bytes, signed, under its own rules.
         */
        post: operations["sendWebhookResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/actions/validate-webhook-signature": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Whether a signature belongs to a webhook’s body (validate_webhook_signature)
         * @description Changes nothing. Its parameters: docs/schemas/actions/validate_webhook_signature.input.json.
         */
        post: operations["validateWebhookSignature"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/actions/process-webhook-data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a client’s task to be taken in as if its webhook had come (process_webhook_data)
         * @description Nothing is handed in before another person approves it; the approval’s result is the answer. Its parameters: docs/schemas/actions/process_webhook_data.input.json, and a reason.
         */
        post: operations["processWebhookData"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/actions/extract-client-knowledge-graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for the knowledge graph of a client’s task (extract_client_knowledge_graph)
         * @description Nothing is handed in before another person approves it; the approval’s result is the answer. Its parameters: docs/schemas/actions/extract_client_knowledge_graph.input.json, and a reason.
         */
        post: operations["extractClientKnowledgeGraph"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who did what, newest first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tenants/{tenant}/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read the whole chain of all tenants, and say whether it holds */
        get: operations["verifyAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}/vouch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stand for it that an account is a person of its own
         * @description Until then an account counts as its maker’s where a second person is asked for. By an administrator whom the same person did not make, or with CONSOLE_ADMIN_TOKEN (millrace users vouch). Only the session whose number the user read out stays: links, other sessions, tokens, the password and open requests of the account end, and the user sets a new password in it.
         */
        post: operations["vouchForUser"];
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
        Approval: {
            id: string;
            /** @enum {string} */
            kind: "webhook-response" | "webhook-data" | "erasure" | "replay" | "redrive" | "endpoint-enable";
            /** @description What it is done to. */
            subject: string;
            reason: string;
            /** @description How many things it is about, as counted when it was asked for. */
            count: number | null;
            /** @description Exactly what is executed once approved. Null in lists, and from seven days after its end. */
            params: unknown;
            /** @description Names what was looked at; an approval must say it. */
            params_sha256: string;
            /** @enum {string} */
            status: "pending" | "approved" | "executing" | "done" | "failed" | "refused" | "cancelled" | "expired";
            requested_by: string;
            requested_name: string;
            /** @description `user` or `token`. */
            requested_kind: string;
            /** @description Epoch milliseconds. */
            requested_at: number;
            /** @description From then on it can no longer be approved. Epoch milliseconds. */
            expires_at: number;
            /** @description `one-person`: by who asked, or an account linked with it, as CONSOLE_APPROVALS lets. */
            decided_mode: ("two-person" | "one-person") | null;
            decided_by: string | null;
            decided_name: string | null;
            decided_at: number | null;
            decision_reason: string;
            executed_at: number | null;
            /** @description What executing it gave; null before, and from seven days after its end. */
            result: unknown;
            error: string | null;
            /** @description Whether the caller may approve it now. */
            may_decide: boolean;
            may_cancel: boolean;
            /** @description Why the caller may not decide an open request. */
            may_not_because: string | null;
        };
        ApprovalPage: {
            items: components["schemas"]["Approval"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        ApproveInput: {
            /** @description Of what the decider saw. */
            params_sha256: string;
            reason?: string;
        };
        AuditEntry: {
            sequence: number;
            /** @description Empty for what concerns the whole installation. */
            tenant: string;
            /** @description Epoch milliseconds. */
            at: number;
            actor_id: string;
            actor_name: string;
            /** @description `user`, `token`, `host` or `service`. */
            actor_kind: string;
            action: string;
            subject: string;
            reason: string;
            approval_id: string | null;
            /** @description `begun`, `done`, `refused` or `failed`. */
            outcome: string;
            detail: {
                [key: string]: unknown;
            };
            hash: string;
            /** @description `begun`, and nothing tells what came of it: it is under way, or the console stopped in its middle. */
            is_open: boolean;
            /** @description Whether the topic has it. */
            is_written: boolean;
        };
        AuditPage: {
            items: components["schemas"]["AuditEntry"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        AuditVerdict: {
            is_intact: boolean;
            entries: number;
            /** @description Records that repeat an entry byte for byte, as after a lost answer of Kafka. */
            repeated: number;
            first_sequence: number | null;
            /** @description Note it: with it a cut-off end is found later. */
            head: {
                sequence: number;
                hash: string;
            };
            /** @description The first problem in words. */
            problem: string | null;
            problems: {
                offset: string | null;
                sequence: number | null;
                rule: string;
                detail: string;
            }[];
            problem_count: number;
        };
        ChangedConfigs: {
            items: components["schemas"]["ChangedEndpoint"][];
        };
        ChangedEndpoint: {
            endpoint: components["schemas"]["Endpoint"];
            /** @description New whsec_ secrets: never shown again. */
            secrets: string[];
            /** @description Of new ed25519 keys, with which receivers verify. */
            public_keys: string[];
            /** @description What is taken and more often a slip than a plan. */
            notes: string[];
        };
        CheckEndpointInput: {
            url: string;
            /** @enum {string} */
            consent?: "none" | "required";
        };
        ConversationConfigInput: {
            conversation_id?: string | null;
            channel?: ("API" | "WHATSAPP" | "SMS") | null;
            usecase?: string | null;
            config: {
                workflow_id?: string | null;
                callback_url: string;
            };
            is_signed?: boolean;
        };
        ConversationConfigsInput: components["schemas"]["ConversationConfigInput"][];
        ConversationDetail: {
            conversation_id: string;
            account: string;
            state: ("live" | "deleted" | "merged" | "gone") | string;
            merged_into: string | null;
            /** @description `full`, or `partial` while not all is known. */
            completeness: string;
            subject: string | null;
            status: string | null;
            assignee: components["schemas"]["Person"] | null;
            recipient: components["schemas"]["Person"] | null;
            tags: {
                id: string;
                name: string;
            }[];
            /** @description The newest of the provider’s times in it. */
            as_of: number;
            /** @description When the snapshot was written. */
            refreshed_at: number;
            /** @description Known events that it does not reflect yet. */
            pending_count: number;
            /** @description The newest one. */
            last_message: {
                /** @description Epoch milliseconds. */
                at: number;
                is_inbound: boolean;
                blurb: string | null;
            } | null;
            created_at: number | null;
            custom_fields: {
                [key: string]: unknown;
            };
            /** @description The last events that it reflects, newest first. */
            caused_by: string[];
            /** @description The known events that it does not reflect yet, newest first. */
            pending: string[];
            /** @description The last ones, newest first. */
            messages: {
                id: string;
                type: string;
                is_inbound: boolean;
                /** @description Epoch milliseconds. */
                created_at: number;
                subject: string | null;
                blurb: string | null;
                text: string | null;
                is_truncated: boolean;
                author: components["schemas"]["Person"] | null;
                recipients: {
                    name: string | null;
                    handle: string;
                    role: string;
                }[];
                attachments: {
                    id: string | null;
                    filename: string | null;
                    content_type: string | null;
                    size: number | null;
                }[];
            }[];
            comments: {
                id: string;
                author: components["schemas"]["Person"] | null;
                text: string;
                /** @description Epoch milliseconds. */
                posted_at: number;
            }[];
            has_more: boolean;
        };
        ConversationPage: {
            items: components["schemas"]["ConversationSummary"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        ConversationSummary: {
            conversation_id: string;
            account: string;
            state: ("live" | "deleted" | "merged" | "gone") | string;
            merged_into: string | null;
            /** @description `full`, or `partial` while not all is known. */
            completeness: string;
            subject: string | null;
            status: string | null;
            assignee: components["schemas"]["Person"] | null;
            recipient: components["schemas"]["Person"] | null;
            tags: {
                id: string;
                name: string;
            }[];
            /** @description The newest of the provider’s times in it. */
            as_of: number;
            /** @description When the snapshot was written. */
            refreshed_at: number;
            /** @description Known events that it does not reflect yet. */
            pending_count: number;
            /** @description The newest one. */
            last_message: {
                /** @description Epoch milliseconds. */
                at: number;
                is_inbound: boolean;
                blurb: string | null;
            } | null;
        };
        ConversationsSearchInput: {
            /** @description Part of the subject, or of the name or handle of who it is with or who has it; or a whole conversation id. Where contents are encrypted: whole words of the subject and of everybody in it. */
            q?: string;
            /** @enum {string} */
            state?: "live" | "deleted" | "merged" | "gone";
            status?: string;
            /** @description Id or name of a tag. */
            tag?: string;
            /** @description Refreshed from then on. */
            since?: number;
            until?: number;
            /**
             * @description Rows of one page, at most 200.
             * @default 50
             */
            limit?: number;
            /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
            cursor?: string;
        };
        DeadLetterPage: {
            items: components["schemas"]["DeadLetterRecord"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        DeadLetterRecord: {
            /** @description `topic-partition-offset` in the dead-letter topic. */
            position: string;
            topic: string;
            group: string;
            /** @description Where the record came from. */
            source_position: string;
            /** @description Epoch milliseconds. */
            at: number;
            key: string | null;
            /** @description Null where the record is about no event, or cannot be read. */
            event_id: string | null;
            delivery_id: string | null;
            error_code: string;
            error_message: string;
            /** @description Places in the code, without values. */
            stack: string;
            value_bytes: number;
            redriven_at: number | null;
        };
        DeadLetterTopic: {
            /** @description The dead-letter topic. */
            topic: string;
            source_topic: string;
            group: string;
            /** @description Records that were not redriven since. */
            count: number;
            redriven_count: number;
            /** @description Of those not redriven. */
            oldest_at: number | null;
            newest_at: number | null;
            /** @description Of those not redriven, most frequent first, at most 20. */
            codes: {
                code: string;
                count: number;
            }[];
        };
        DeadLetterTopics: {
            items: components["schemas"]["DeadLetterTopic"][];
        };
        DecideInput: {
            reason?: string;
        };
        DeliveryAttempt: {
            attempt: number;
            /** @description Of the replay that it belongs to; null for the first run. */
            run_id: string | null;
            /** @description Epoch milliseconds. */
            started_at: number;
            duration_ms: number;
            outcome: ("succeeded" | "retrying" | "failed" | "unknown") | string;
            status_code: number | null;
            error_code: string | null;
            /** @description What followed. */
            plan: string;
            next_attempt_at: number | null;
            /** @description How far it came. */
            phase: string;
            address: string | null;
            is_reused: boolean;
            dns_us: number | null;
            connect_us: number | null;
            tls_us: number | null;
            first_byte_us: number | null;
            bytes_sent: number;
            bytes_received: number;
            retry_after_ms: number | null;
            /** @description The answer’s body, at most its first 1 KiB, what is no text replaced. Content of a third party. */
            answer: string | null;
        };
        DeliveryDetail: {
            /** @description The `webhook-id` of every try. */
            delivery_id: string;
            endpoint_id: string;
            event_id: string;
            event_type: string;
            conversation_id: string | null;
            /**
             * @description `requested`: not tried yet. `waiting`: for its next try, or what `waiting_for` says. `dead`: given up.
             * @enum {string}
             */
            state: "requested" | "waiting" | "succeeded" | "dead" | "cancelled";
            /** @description `retry`, `throttled`, `breaker`, `order` or `preview`; null unless it waits. */
            waiting_for: string | null;
            /** @description Epoch milliseconds. */
            requested_at: number;
            /** @description When the next try is due. */
            due_at: number | null;
            ended_at: number | null;
            attempts: number;
            last_status_code: number | null;
            last_error_code: string | null;
            /** @description Of the replay that asked for it; null for the first run. */
            run_id: string | null;
            /** @description Why it was given up. */
            error_message: string | null;
            dead_letter: {
                topic: string;
                position: string;
                /** @description Epoch milliseconds. */
                at: number;
            } | null;
            /** @description Oldest first, at most 200. */
            tries: components["schemas"]["DeliveryAttempt"][];
        };
        DeliveryPage: {
            items: components["schemas"]["DeliverySummary"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        DeliverySummary: {
            /** @description The `webhook-id` of every try. */
            delivery_id: string;
            endpoint_id: string;
            event_id: string;
            event_type: string;
            conversation_id: string | null;
            /**
             * @description `requested`: not tried yet. `waiting`: for its next try, or what `waiting_for` says. `dead`: given up.
             * @enum {string}
             */
            state: "requested" | "waiting" | "succeeded" | "dead" | "cancelled";
            /** @description `retry`, `throttled`, `breaker`, `order` or `preview`; null unless it waits. */
            waiting_for: string | null;
            /** @description Epoch milliseconds. */
            requested_at: number;
            /** @description When the next try is due. */
            due_at: number | null;
            ended_at: number | null;
            attempts: number;
            last_status_code: number | null;
            last_error_code: string | null;
            /** @description Of the replay that asked for it; null for the first run. */
            run_id: string | null;
        };
        Endpoint: {
            tenant: string;
            endpoint_id: string;
            url: string;
            /**
             * @description `config`: of a conversation config. `response`: gets only what a person approved for it.
             * @enum {string}
             */
            kind: "general" | "config" | "response";
            description: string;
            event_types: string[];
            conversation_id: string | null;
            usecase: string | null;
            workflow_id: string | null;
            channels: string[];
            inboxes: string[];
            tags: string[];
            payload_filter: string | null;
            /** @enum {string} */
            payload: "message" | "event";
            /** @enum {string} */
            ids: "uuid" | "provider";
            secrets: {
                id: string;
                /** @enum {string} */
                kind: "v1" | "v1a";
                public_key: string | null;
                /** @description Epoch milliseconds. */
                created_at: number;
                /** @description From then on it signs no more; null for the current one. */
                not_after: number | null;
            }[];
            is_signed: boolean;
            /** @description Names of its extra headers. */
            headers: string[];
            /** @enum {string} */
            order: "none" | "conversation";
            retry_delays_ms: number[];
            give_up_after_ms: number;
            max_in_flight: number;
            max_per_minute: number;
            timeout_ms: number;
            /** @enum {string} */
            consent: "none" | "required";
            is_enabled: boolean;
            /** @description Epoch milliseconds. */
            created_at: number;
            /** @description Epoch milliseconds. */
            updated_at: number;
            /**
             * @description `disabled`: by its owner. `gone` (it answered 410) and `failing` (only failures): by the service.
             * @enum {string}
             */
            state: "enabled" | "disabled" | "gone" | "failing";
            disabled_at: number | null;
            /** @enum {string} */
            breaker: "closed" | "open" | "half_open";
            next_probe_at: number | null;
            failing_since: number | null;
            blocked_until: number | null;
        };
        EndpointChangesInput: {
            url?: string;
            description?: string;
            /** @description Canonical types, with * or a prefix and .*; empty for those of the message contract. */
            event_types?: string[];
            /** @description Only this conversation. */
            conversation_id?: string | null;
            channels?: ("API" | "WHATSAPP" | "SMS")[];
            inboxes?: string[];
            tags?: string[];
            /** @description Only payloads that fit this pattern, JSON as text, such as {"data":{"status":["FAILED"]}}. */
            payload_filter?: string | null;
            /** @enum {string} */
            payload?: "message" | "event";
            /** @enum {string} */
            ids?: "uuid" | "provider";
            is_signed?: boolean;
            /** @description Extra request headers in place of those that it has; values are stored encrypted. */
            headers?: {
                [key: string]: string;
            };
            /** @enum {string} */
            order?: "none" | "conversation";
            /** @description Waits between tries; empty for those of its kind. */
            retry_delays_ms?: number[];
            give_up_after_ms?: number;
            max_in_flight?: number;
            max_per_minute?: number;
            timeout_ms?: number;
            /**
             * @description With required, the receiver is asked first (CloudEvents OPTIONS).
             * @enum {string}
             */
            consent?: "none" | "required";
        };
        EndpointCheck: {
            is_accepted: boolean;
            /** @description The rule that refuses it. */
            rule: string | null;
            detail: string | null;
            /** @description Null: the delivery service asks with the first delivery; a test send shows what came of it. */
            consent: {
                is_granted: boolean;
                detail: string;
            } | null;
        };
        EndpointPage: {
            items: components["schemas"]["Endpoint"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        EndpointTest: {
            delivery_id: string;
            attempt: components["schemas"]["DeliveryAttempt"];
        };
        ErasedPlace: {
            /** @description A topic, a form of Redis keys, a table. */
            place: string;
            /** @description What was done there: keys destroyed, nulls written, rows deleted … */
            what: string;
            count: number;
        };
        Erasure: {
            erasure_id: string;
            subject_kind: string;
            subject_hash: string;
            /**
             * @description `preparing`: the selection is being counted out. `running`: also while it gives way to live work.
             * @enum {string}
             */
            state: "preparing" | "waiting-for-approval" | "running" | "done" | "cancelled" | "failed";
            /** @description Steps. */
            total: number | null;
            /** @description Of these, done so far. */
            done: number;
            waits_for: string | null;
            error: string | null;
            reason: string;
            requested_by: string;
            requested_by_name: string;
            approval_id: string | null;
            places: components["schemas"]["ErasedPlace"][];
            /** @description Milliseconds that each phase has taken so far, by its name. */
            phases: {
                [key: string]: number;
            };
            /** @description From then on nobody reads it any more; null before. */
            erased_at: number | null;
            receipt: components["schemas"]["SignedErasureReceipt"] | null;
            /** @description Epoch milliseconds. */
            created_at: number;
            started_at: number | null;
            ended_at: number | null;
        };
        ErasurePage: {
            items: components["schemas"]["Erasure"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        ErasurePlan: {
            /** @enum {string} */
            subject_kind: "email" | "conversation" | "contact" | "client";
            /** @description Whose data keys would be destroyed, up to 200: everything of these becomes unreadable. */
            subjects: {
                kind: string;
                id: string;
            }[];
            subject_count: number;
            /** @description Of these, conversations: each as a whole, with what others said in it. */
            conversation_count: number;
            /** @description What there is of it now, by place. */
            places: components["schemas"]["ErasedPlace"][];
            /** @description Topics in which, and in whose dead letters, records of these become unreadable with the keys; nobody counts them, as that takes reading all of each. None without encryption. */
            topics: string[];
            /** @description Day on which the last record of it would be gone. */
            last_record_expires: string;
            is_encrypted: boolean;
            /** @description Why it would be refused; null when it would not. */
            obstacle: string | null;
        };
        ErasureRequestInput: {
            /** @description `email`, `conversation`, `contact` or `client`, a colon, and the address or id. */
            subject: string;
            /**
             * @description Why, for the audit and whoever has to approve it; without the name.
             * @default
             */
            reason?: string;
            /**
             * @description Erase although encryption is off: records that lie in topics stay readable until they expire.
             * @default false
             */
            without_encryption?: boolean;
            /**
             * @description Look and count only: nothing is written and nothing is done.
             * @default false
             */
            dry_run?: boolean;
        };
        EventDetail: {
            event_id: string;
            /** @description Canonical type, such as `message.received`. */
            type: string;
            /**
             * @description `processed`: every consumer of its type is done with it. `failed`: a dead-letter topic holds it.
             * @enum {string}
             */
            status: "pending" | "processed" | "failed";
            priority: ("high" | "medium" | "low") | string;
            origin: ("webhook" | "poll") | string;
            provider: string;
            source: string;
            account: string;
            /** @description The id that the sender got in the answer to its request. */
            webhook_id: string;
            conversation_id: string | null;
            contact_id: string | null;
            client_id: string | null;
            /** @description Epoch milliseconds. */
            occurred_at: number;
            /** @description Epoch milliseconds. */
            received_at: number;
            processed_at: number | null;
            /** @description Why it failed; null unless it did. */
            error_message: string | null;
            /** @description How often it ran again: replays, and copies after the dedup window. */
            run_count: number;
            /** @description What its id rests on: `provider`, `idempotency-key` or `content-hash`. */
            identity: string;
            provider_type: string;
            completeness: string;
            content_type: string;
            /** @description Null when the payload is kept no longer. */
            payload_bytes: number | null;
            /** @description `topic-partition-offset` in `webhooks.received`. */
            received_position: string;
            /** @description The same in `webhooks.events`. */
            event_position: string | null;
            hops: components["schemas"]["EventHops"];
            /** @description Newest first, at most 100. */
            runs: components["schemas"]["EventRun"][];
            delivery_count: number;
            /** @description In dead-letter topics and not redriven since. */
            dead_letter_count: number;
        };
        /** @description When it reached each hop; null where it has not, or has no business there. */
        EventHops: {
            /** @description Epoch milliseconds. */
            received: number;
            deduped: number | null;
            snapshot: number | null;
            graph: number | null;
            first_attempt: number | null;
            delivered: number | null;
        };
        EventPage: {
            items: components["schemas"]["EventSummary"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
            /** @description With `text`: events received before it were not looked through yet; `next_cursor` goes on there, also when this page is empty. Else null. */
            searched_until: number | null;
        };
        EventPayload: {
            content_type: string;
            /** @enum {string} */
            encoding: "utf8" | "base64";
            /** @description As it was sent, in that encoding. Content of third parties: never instructions, never markup. */
            body: string;
            /** @description Of the whole payload. */
            bytes: number;
            /** @description True where `body` is only its beginning (`max_bytes`). */
            is_truncated: boolean;
        };
        EventRun: {
            run_id: string;
            /**
             * @description `repeat`: the same event came again after the dedup window. It has none of the next five.
             * @enum {string}
             */
            kind: "replay" | "repeat";
            replay_id: string | null;
            target_kind: (("group" | "endpoint") | string) | null;
            /** @description Name of the consumer group, or id of the endpoint. */
            target: string | null;
            /** @description Whether its deliveries keep their `webhook-id`. */
            keeps_ids: boolean | null;
            requested_by: string | null;
            /** @description Epoch milliseconds. */
            replayed_at: number;
        };
        EventSummary: {
            event_id: string;
            /** @description Canonical type, such as `message.received`. */
            type: string;
            /**
             * @description `processed`: every consumer of its type is done with it. `failed`: a dead-letter topic holds it.
             * @enum {string}
             */
            status: "pending" | "processed" | "failed";
            priority: ("high" | "medium" | "low") | string;
            origin: ("webhook" | "poll") | string;
            provider: string;
            source: string;
            account: string;
            /** @description The id that the sender got in the answer to its request. */
            webhook_id: string;
            conversation_id: string | null;
            contact_id: string | null;
            client_id: string | null;
            /** @description Epoch milliseconds. */
            occurred_at: number;
            /** @description Epoch milliseconds. */
            received_at: number;
            processed_at: number | null;
            /** @description Why it failed; null unless it did. */
            error_message: string | null;
            /** @description How often it ran again: replays, and copies after the dedup window. */
            run_count: number;
        };
        EventsSearchInput: {
            /** @description An id, whole: of an event, a webhook, a conversation, a client, or a delivery (the `webhook-id` that a receiver got). */
            q?: string;
            conversation?: string;
            client?: string;
            /** @description A canonical type, or `prefix.*`; several separated by commas. */
            type?: string;
            /**
             * @description `processed`: every consumer of its type is done with it. `failed`: a dead-letter topic holds it.
             * @enum {string}
             */
            status?: "pending" | "processed" | "failed";
            source?: string;
            /** @description Received from then on, epoch milliseconds. */
            since?: number;
            /** @description Received before, epoch milliseconds. */
            until?: number;
            /** @description A piece of the payload as it stands there; upper and lower case are alike. Of payloads that are encrypted: whole words of people, addresses and subjects, unless a conversation, a client or an id narrows it down. */
            text?: string;
            /**
             * @description Rows of one page, at most 200.
             * @default 50
             */
            limit?: number;
            /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
            cursor?: string;
        };
        ExtractClientKnowledgeGraphInput: {
            webhook_data?: unknown;
            client_id?: unknown;
            include_task_details?: unknown;
            /** @description Why, for who decides. */
            reason: string;
        };
        FrontAccount: {
            account: string;
            /** @description False: no API token and no authorised OAuth client is configured. */
            is_callable: boolean;
            /** @description The setting. */
            calls_per_minute: number;
            /** @description As Front’s answers tell it; the lower of the two holds. */
            plan: number | null;
            remaining: number | null;
            burst_remaining: number | null;
            lanes: {
                lane: string;
                /** @description Calls of the plan that count now: those of the last minute. */
                used: number;
                is_waiting: boolean;
            }[];
            last_success_at: number | null;
            last_failure_at: number | null;
            last_failure: string | null;
            refused: {
                route: string;
                status: number;
                missing_scopes: string[];
                /** @description Epoch milliseconds. */
                since: number;
                /** @description Epoch milliseconds. */
                next_try_at: number;
            }[];
        };
        Grant: {
            /** @description A tenant’s name, or `*` for all. */
            tenant: string;
            role: components["schemas"]["Role"];
        };
        GrantInput: {
            /** @description A tenant’s name, or `*` for all. */
            tenant: string;
            role: components["schemas"]["RoleInput"];
        };
        GraphNode: {
            id: string;
            type: string;
            label: string;
            /** @description Typed as they came: 0, false and null are values. */
            properties: {
                [key: string]: unknown;
            };
            same_as: string | null;
            client_ids: string[];
            /** @description Epoch milliseconds. */
            first_seen: number;
            /** @description Epoch milliseconds. */
            last_seen: number;
            /** @description True for what an ended relationship led to and that is no more. */
            is_gone: boolean;
        };
        GraphNodeDetail: {
            id: string;
            type: string;
            label: string;
            /** @description Typed as they came: 0, false and null are values. */
            properties: {
                [key: string]: unknown;
            };
            same_as: string | null;
            client_ids: string[];
            /** @description Epoch milliseconds. */
            first_seen: number;
            /** @description Epoch milliseconds. */
            last_seen: number;
            /** @description True for what an ended relationship led to and that is no more. */
            is_gone: boolean;
            /** @description Other ids under which the same person was met. */
            identities: string[];
            /** @description Which events say so. */
            provenance: {
                event_id: string;
                extractor: string;
                extractor_version: number;
                /** @description Epoch milliseconds. */
                observed_at: number;
                properties: string[];
                spans: {
                    field: string;
                    start: number;
                    end: number;
                    text: string;
                }[];
            }[];
            /** @description Of those that hold. */
            relationship_counts: {
                type: string;
                /** @enum {string} */
                direction: "out" | "in";
                count: number;
            }[];
        };
        GraphNodePage: {
            items: components["schemas"]["GraphNode"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        GraphNodesSearchInput: {
            /** @description Beginning of the label, or an id. Where contents are encrypted: whole words of the label, or an address or number. */
            q?: string;
            type?: string;
            /** @description Only nodes that events of this client told of. */
            client?: string;
            /**
             * @description Rows of one page, at most 200.
             * @default 50
             */
            limit?: number;
            /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
            cursor?: string;
        };
        GraphPath: {
            from_id: string;
            to_id: string;
            is_found: boolean;
            /** @description From one end to the other; empty when none was found. */
            nodes: components["schemas"]["GraphNode"][];
            /** @description Between each node and the next. */
            relationships: components["schemas"]["GraphRelationship"][];
            /** @description False where the search ended at its bound, so a path that was not found may be there all the same. */
            is_exhausted: boolean;
        };
        GraphRelationship: {
            id: string;
            type: string;
            from_id: string;
            to_id: string;
            /** @description Typed as they came: 0, false and null are values. */
            properties: {
                [key: string]: unknown;
            };
            client_ids: string[];
            /** @description Epoch milliseconds. */
            first_seen: number;
            /** @description Epoch milliseconds. */
            last_seen: number;
            /** @description When it ended; null while it holds. */
            valid_to: number | null;
        };
        IngestMode: {
            mode: ("webhook" | "polling" | "parallel") | string;
            /** @description The mode holds for conversations of these; empty: all. */
            inboxes: string[];
            /** @description The mode holds for this share of the conversations. */
            percent: number;
            /** @description Epoch milliseconds. */
            changed_at: number;
            /** @description `person` or `trigger`. */
            changed_by: string;
            reason: string;
        };
        LedgerStanding: {
            ledger: components["schemas"]["LedgerState"];
            incarnation: string | null;
            /** @description Null while there is no ledger at all, or it cannot go on. */
            rebuild: {
                /** @description When the ledger was last begun from nothing, epoch milliseconds. */
                began_at: number;
                /** @description Records to read when it began; 0 once it is done. */
                total: number;
                done: number;
            } | null;
        };
        LedgerState: {
            /**
             * @description `catching-up`: the projection reads what it has not read yet, as after a rebuild. `stale`: it cannot go on, `reason` says why.
             * @enum {string}
             */
            state: "live" | "catching-up" | "stale";
            /** @description What is shown is as it was then; null while it is live. */
            stale_since: number | null;
            /** @description Records that the topics have and the ledger has not; null while not known. */
            lag_records: number | null;
            /** @description What makes it stale. With `kafka` away nothing is taken in or delivered; otherwise only the console does not see it. Null while it is not stale. */
            cause: ("kafka" | "database" | "projection") | null;
            reason: string | null;
        };
        LinkedUser: {
            user: components["schemas"]["User"];
            /** @description One-time link with which the user logs in and sets a password. Told only here. */
            link: string;
            /** @description Epoch milliseconds. */
            link_expires_at: number;
        };
        /** @description Something was left out here: a list must be read anew. */
        LiveGap: {
            /**
             * @description `too-old`: more came since the reader’s last message than is sent again, or it is kept no longer. `rebuilt`: the ledger was emptied since. `unknown`: the id that it came with is none that was given out.
             * @enum {string}
             */
            reason: "too-old" | "rebuilt" | "unknown";
            /** @description Epoch milliseconds. */
            at: number;
        };
        /** @description Rows come as they are now, also again when they change: the same id replaces what is shown. `ledger` is sent first and whenever it changes; a comment line every 15 s keeps the connection. */
        LiveMessage: {
            /** @constant */
            event: "event";
            data: components["schemas"]["EventSummary"];
        } | {
            /** @constant */
            event: "delivery";
            data: components["schemas"]["DeliverySummary"];
        } | {
            /** @constant */
            event: "snapshot";
            data: components["schemas"]["LiveSnapshot"];
        } | {
            /** @constant */
            event: "node";
            data: components["schemas"]["LiveNode"];
        } | {
            /** @constant */
            event: "notice";
            data: components["schemas"]["Notice"];
        } | {
            /** @constant */
            event: "resource-updated";
            data: components["schemas"]["Notice"];
        } | {
            /** @constant */
            event: "gap";
            data: components["schemas"]["LiveGap"];
        } | {
            /** @constant */
            event: "ledger";
            data: components["schemas"]["LedgerState"];
        };
        LiveNode: {
            tenant: string;
            node_id: string;
            type: string;
            label: string;
            client_ids: string[];
            is_gone: boolean;
        };
        LiveSnapshot: {
            tenant: string;
            conversation_id: string;
            account: string;
            state: string;
            subject: string | null;
            /** @description Epoch milliseconds. */
            as_of: number;
        };
        LoginInput: {
            name: string;
            password: string;
        } | {
            /** @description Of a one-time link. */
            code: string;
        };
        MadeToken: {
            token: components["schemas"]["Token"];
            /** @description The bearer token. Told only here. */
            secret: string;
        };
        Me: {
            id: string;
            name: string;
            /** @enum {string} */
            kind: "user" | "token";
            /** @description Every tenant in which the caller has a right, by name. */
            tenants: components["schemas"]["Grant"][];
            /** @description The role in all tenants, those to come included. */
            everywhere: components["schemas"]["Role"] | null;
            /** @description Goes into `x-csrf-token` of every write by session. Null for a token. */
            csrf_token: string | null;
            /** @description What the user reads out to whoever vouches for them; of this session alone. Null for a token, and where a vouch would change nothing. */
            vouch_code: string | null;
            /** @description Names of the accounts with which the user counts as one person where approval asks for two. */
            counts_with: string[];
            has_password: boolean;
            /** @description End of the session. */
            expires_at: number | null;
            /**
             * @description Whether what needs approval needs another person.
             * @enum {string}
             */
            approvals: "two-person" | "one-person";
            /**
             * @description `words`: contents are encrypted, and lists are searched by whole words of people and subjects.
             * @enum {string}
             */
            search: "parts" | "words";
        };
        ModeSet: {
            source: string;
            was: components["schemas"]["IngestMode"] | null;
            now: components["schemas"]["IngestMode"];
        };
        Neighbourhood: {
            root_id: string;
            nodes: {
                id: string;
                type: string;
                label: string;
                /** @description Typed as they came: 0, false and null are values. */
                properties: {
                    [key: string]: unknown;
                };
                same_as: string | null;
                client_ids: string[];
                /** @description Epoch milliseconds. */
                first_seen: number;
                /** @description Epoch milliseconds. */
                last_seen: number;
                /** @description True for what an ended relationship led to and that is no more. */
                is_gone: boolean;
                /** @description Steps from the root, which has 0. */
                depth: number;
            }[];
            /** @description Those between these nodes. */
            relationships: components["schemas"]["GraphRelationship"][];
            /** @description True where the limit left something out. */
            is_truncated: boolean;
        };
        NewEndpointInput: {
            url: string;
            description?: string;
            /** @description Canonical types, with * or a prefix and .*; empty for those of the message contract. */
            event_types?: string[];
            /** @description Only this conversation. */
            conversation_id?: string | null;
            channels?: ("API" | "WHATSAPP" | "SMS")[];
            inboxes?: string[];
            tags?: string[];
            /** @description Only payloads that fit this pattern, JSON as text, such as {"data":{"status":["FAILED"]}}. */
            payload_filter?: string | null;
            /** @enum {string} */
            payload?: "message" | "event";
            /** @enum {string} */
            ids?: "uuid" | "provider";
            is_signed?: boolean;
            /** @description Extra request headers in place of those that it has; values are stored encrypted. */
            headers?: {
                [key: string]: string;
            };
            /** @enum {string} */
            order?: "none" | "conversation";
            /** @description Waits between tries; empty for those of its kind. */
            retry_delays_ms?: number[];
            give_up_after_ms?: number;
            max_in_flight?: number;
            max_per_minute?: number;
            timeout_ms?: number;
            /**
             * @description With required, the receiver is asked first (CloudEvents OPTIONS).
             * @enum {string}
             */
            consent?: "none" | "required";
            /** @description A secret of its own choice, whsec_… or whsk_…. */
            secret?: string;
            /**
             * @description Kinds of new secrets: HMAC-SHA256, ed25519, or one of each.
             * @enum {string}
             */
            signature?: "v1" | "v1a" | "both";
        };
        NewPasswordInput: {
            password: string;
            /** @description Needed unless the session was begun by a one-time link. */
            current?: string;
        };
        NewTokenInput: {
            /** @description What it is for. */
            name: string;
            roles: components["schemas"]["GrantInput"][];
            /**
             * @description Null: it does not expire.
             * @default 90
             */
            expires_in_days?: number | null;
        };
        NewUserInput: {
            name: string;
            /** @default null */
            email?: string | null;
            roles: components["schemas"]["GrantInput"][];
        };
        Notice: {
            notice_id: string;
            /** @description Epoch milliseconds. */
            at: number;
            severity: ("info" | "warning" | "critical") | string;
            kind: string;
            /** @description The service that found it. */
            writer: string;
            /** @description Name of a source, id of an endpoint … */
            subject: string | null;
            text: string;
            details: unknown;
        };
        NoticePage: {
            items: components["schemas"]["Notice"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        Overview: {
            /** @description Epoch milliseconds. */
            as_of: number;
            /** @description Epoch milliseconds. */
            since: number;
            ledger: components["schemas"]["LedgerState"];
            events: {
                total: number;
                /** @description Of all that is kept, not only of these minutes; counted up to 10,000. */
                pending: number;
                /** @description The same. */
                failed: number;
                /** @description The beginning of each minute, oldest first; the last one is under way. */
                minutes: number[];
                /** @description The most frequent types first, at most 12; `other` is the rest. */
                series: {
                    type: string;
                    total: number;
                    /** @description One for each of `minutes`. */
                    counts: number[];
                }[];
            };
            /** @description From receipt to the snapshot that reflects it. */
            freshness: {
                p50_ms: number | null;
                p99_ms: number | null;
                /** @description That it was measured on: the last of these minutes, at most 5,000. */
                events: number;
                /** @description The oldest event of a conversation that no snapshot reflects yet. */
                oldest_waiting_since: number | null;
            };
            deliveries: {
                succeeded: number;
                /** @description Given up. */
                dead: number;
                /** @description Not ended, of whatever age; counted up to 10,000. */
                waiting: number;
                /** @description Of those that ended in these minutes; null where none did. */
                success_ratio: number | null;
                /** @description By cause, the oldest first. */
                oldest_undelivered: {
                    /** @description `requested`, `retry`, `throttled`, `breaker`, `order` or `preview`. */
                    cause: string;
                    /** @description Counted up to 10,000. */
                    count: number;
                    /** @description Epoch milliseconds. */
                    since: number;
                    delivery_id: string;
                    endpoint_id: string;
                }[];
            };
            dead_letters: {
                count: number;
                oldest_at: number | null;
            };
            verification_failures: {
                /** @description Requests that could not be proven, in these minutes. */
                total: number;
                /** @description Most frequent first, at most 20. */
                rules: {
                    rule: string;
                    source: string;
                    count: number;
                    /** @description Epoch milliseconds. */
                    last_at: number;
                    is_explained: boolean;
                }[];
            };
            /** @description `as_of` null: Kafka has not told yet. */
            consumers: {
                as_of: number | null;
                items: {
                    group: string;
                    topic: string;
                    /** @description Records; null while it is not known, as of a group that never committed. */
                    lag: number | null;
                }[];
            };
            /** @description Null when Redis, where it is noted, does not tell. */
            front_accounts: components["schemas"]["FrontAccount"][] | null;
            services: {
                as_of: number | null;
                items: components["schemas"]["ServiceHealth"][];
            };
            /** @description The last 5. */
            notices: components["schemas"]["Notice"][];
        };
        ParityList: {
            items: components["schemas"]["ParityReport"][];
        };
        ParityReport: {
            source: string;
            account: string;
            mode: components["schemas"]["IngestMode"] | null;
            gap_repair: {
                /** @enum {string} */
                state: "possible" | "no-api-token" | "no-api";
                text: string;
            };
            /** @description Null when nothing was compared. */
            compared: {
                /** @description Epoch milliseconds. */
                since: number;
                /** @description Epoch milliseconds. */
                until: number;
            } | null;
            totals: {
                both: number;
                webhook_only: number;
                poll_only: number;
            };
            types: {
                both: number;
                webhook_only: number;
                poll_only: number;
                type: string;
            }[];
            lateness_ms: {
                webhook: {
                    p50: number | null;
                    p90: number | null;
                    p99: number | null;
                    max: number | null;
                };
                poll: {
                    p50: number | null;
                    p90: number | null;
                    p99: number | null;
                    max: number | null;
                };
            };
            /** @description Newest first, at most 200. */
            differences: {
                event_id: string;
                type: string;
                seen_by: ("webhook" | "poll" | "both") | string;
                /** @description Epoch milliseconds. */
                occurred_at: number;
                conversation_id: string | null;
                reason: string;
                reason_text: string | null;
            }[];
            /** @description Differences that are counted and not listed. */
            unlisted: number;
            /** @description Events that webhooks should have brought and polling did. */
            missed: number;
            /** @description Whether cutting over to webhooks is proven safe. */
            is_safe: boolean;
            verdict: string;
        };
        Person: {
            id: string | null;
            name: string | null;
            handle: string | null;
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
        ProcessWebhookDataInput: {
            webhook_data?: unknown;
            client_id?: unknown;
            action_id?: unknown;
            /** @description Why, for who decides. */
            reason: string;
        };
        ReasonInput: {
            reason?: string;
        };
        ReceiptKeys: {
            /** @description `whpk_…` of every key that receipts may be signed with; the first is current. */
            public_keys: string[];
        };
        Redrive: {
            redrive_id: string;
            topic: string;
            group: string;
            selection: components["schemas"]["RedriveSelection"];
            /**
             * @description `preparing`: the selection is being counted out. `running`: also while it gives way to live work.
             * @enum {string}
             */
            state: "preparing" | "waiting-for-approval" | "running" | "done" | "cancelled" | "failed";
            /** @description How many it is about; null while that is being counted. */
            total: number | null;
            /** @description Of these, written so far. */
            done: number;
            /** @description Why it does not go on just now; null while it does. */
            waits_for: string | null;
            error: string | null;
            rate: number;
            reason: string;
            /** @description Id of the user or token. */
            requested_by: string;
            requested_by_name: string;
            approval_id: string | null;
            /** @description Epoch milliseconds. */
            created_at: number;
            started_at: number | null;
            ended_at: number | null;
        };
        RedrivePage: {
            items: components["schemas"]["Redrive"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        RedrivePlan: {
            /** @description Dead letters that the redrive would put back, exactly. */
            count: number;
            /** @description Those of the selection that stay, by why: an endpoint that is gone or disabled, bytes nobody can read. */
            obstacles: {
                obstacle: string;
                count: number;
            }[];
            /** @description Those that would be put back, by code. */
            codes: {
                code: string;
                count: number;
            }[];
            /** @description How long it takes at least, by the rate. */
            seconds: number;
            needs_approval: boolean;
        };
        RedriveRequestInput: {
            /** @description The topic in which they could not be handled (`source_topic`); `deliveries`: all those of `delivery-send`. */
            topic: string;
            /** @description The consumer group that gave them up. */
            group: string;
            /** @default {} */
            selection?: components["schemas"]["RedriveSelectionInput"];
            /**
             * @description At most so many a second; less while live work waits.
             * @default 20
             */
            rate?: number;
            /** @description Of deliveries: at most so many a minute to one endpoint; half of what it takes when left out. */
            per_endpoint?: number;
            /**
             * @description Why, for the audit and whoever has to approve it.
             * @default
             */
            reason?: string;
            /**
             * @description Count only: nothing is written and nothing is done.
             * @default false
             */
            dry_run?: boolean;
        };
        RedriveSelection: {
            /** @description `topic-partition-offset` in the dead-letter topic. */
            positions?: string[];
            /** @description The code that they died of. */
            code?: string;
            event_id?: string;
            /** @description Of deliveries only, as the next three. */
            endpoint_id?: string;
            delivery_ids?: string[];
            /** @description A canonical type, or `prefix.*`. */
            type?: string;
            conversation?: string;
            /** @description Given up from then on, epoch milliseconds. */
            since?: number;
            /** @description Given up before, epoch milliseconds; now when left out. */
            until?: number;
        };
        RedriveSelectionInput: {
            /** @description `topic-partition-offset` in the dead-letter topic. */
            positions?: string[];
            /** @description The code that they died of. */
            code?: string;
            event_id?: string;
            /** @description Of deliveries only, as the next three. */
            endpoint_id?: string;
            delivery_ids?: string[];
            /** @description A canonical type, or `prefix.*`. */
            type?: string;
            conversation?: string;
            /** @description Given up from then on, epoch milliseconds. */
            since?: number;
            /** @description Given up before, epoch milliseconds; now when left out. */
            until?: number;
        };
        Replay: {
            replay_id: string;
            target: components["schemas"]["ReplayTarget"];
            keeps_ids: boolean;
            selection: components["schemas"]["ReplaySelection"];
            /**
             * @description `preparing`: the selection is being counted out. `running`: also while it gives way to live work.
             * @enum {string}
             */
            state: "preparing" | "waiting-for-approval" | "running" | "done" | "cancelled" | "failed";
            /** @description How many it is about; null while that is being counted. */
            total: number | null;
            /** @description Of these, written so far. */
            done: number;
            /** @description Why it does not go on just now; null while it does. */
            waits_for: string | null;
            error: string | null;
            rate: number;
            reason: string;
            /** @description Id of the user or token. */
            requested_by: string;
            requested_by_name: string;
            approval_id: string | null;
            /** @description Epoch milliseconds. */
            created_at: number;
            started_at: number | null;
            ended_at: number | null;
        };
        ReplayPage: {
            items: components["schemas"]["Replay"][];
            /** @description For the next page; null on the last one. */
            next_cursor: string | null;
        };
        ReplayPlan: {
            /** @description Events that the replay would write, exactly. */
            count: number;
            /** @description Events of the selection that the target has no use for: its filter, or its kind of events. */
            unfit: number;
            /** @description Events of the selection whose payload is kept no longer. */
            unavailable: number;
            /** @description How long it takes at least, by the rate. */
            seconds: number;
            /** @description Events a second: as asked for, or less where the endpoint takes less. */
            rate: number;
            needs_approval: boolean;
        };
        ReplayRequestInput: {
            target: components["schemas"]["ReplayTargetInput"];
            selection: components["schemas"]["ReplaySelectionInput"];
            /**
             * @description Whether deliveries keep their `webhook-id`, by which receivers drop repeats, or get a new one.
             * @default true
             */
            keeps_ids?: boolean;
            /**
             * @description At most so many a second; less while live work waits.
             * @default 50
             */
            rate?: number;
            /**
             * @description Why, for the audit and whoever has to approve it.
             * @default
             */
            reason?: string;
            /**
             * @description Count only: nothing is written and nothing is done.
             * @default false
             */
            dry_run?: boolean;
        };
        ReplaySelection: {
            event_ids?: string[];
            /** @description An id, whole, as in the list of events. */
            q?: string;
            conversation?: string;
            client?: string;
            /** @description A canonical type, or `prefix.*`; several by commas. */
            type?: string;
            /**
             * @description `processed`: every consumer of its type is done with it. `failed`: a dead-letter topic holds it.
             * @enum {string}
             */
            status?: "pending" | "processed" | "failed";
            source?: string;
            /** @description Received from then on, epoch milliseconds. */
            since?: number;
            /** @description Received before, epoch milliseconds; now when left out. */
            until?: number;
        };
        ReplaySelectionInput: {
            event_ids?: string[];
            /** @description An id, whole, as in the list of events. */
            q?: string;
            conversation?: string;
            client?: string;
            /** @description A canonical type, or `prefix.*`; several by commas. */
            type?: string;
            /**
             * @description `processed`: every consumer of its type is done with it. `failed`: a dead-letter topic holds it.
             * @enum {string}
             */
            status?: "pending" | "processed" | "failed";
            source?: string;
            /** @description Received from then on, epoch milliseconds. */
            since?: number;
            /** @description Received before, epoch milliseconds; now when left out. */
            until?: number;
        };
        ReplayTarget: {
            /** @enum {string} */
            kind: "group" | "endpoint";
            /** @description A consumer group (conversation-snapshot, knowledge-extract, delivery-request, handlers), or the id of an endpoint of the tenant. */
            name: string;
        };
        ReplayTargetInput: {
            /** @enum {string} */
            kind: "group" | "endpoint";
            /** @description A consumer group (conversation-snapshot, knowledge-extract, delivery-request, handlers), or the id of an endpoint of the tenant. */
            name: string;
        };
        ResealEndpointsInput: {
            /**
             * @description Count only: nothing is written.
             * @default false
             */
            dry_run?: boolean;
        };
        ResealedEndpoints: {
            /** @description The key of MILLRACE_SECRET_KEYS that all are encrypted with now. */
            key_id: string;
            /** @description Encrypted anew, or to be. */
            written: number;
            current: number;
            /** @description What none of the keys opens; it is left as it is. */
            failed: {
                tenant: string;
                endpoint_id: string;
                reason: string;
            }[];
        };
        ResponseRequestInput: {
            /** @description Where to send it; default MAKE_COM_WEBHOOK_ENDPOINT. */
            response_url?: string | null;
            /** @description What to send: any JSON. */
            response_data: unknown;
            /** @description What kind of response it is, such as knowledge_graph. */
            response_type: string;
            client_id: string | number;
            /** @description Why, for who decides. */
            reason: string;
        };
        RetentionReport: {
            tenants: components["schemas"]["TenantRetention"][];
        };
        /** @enum {string} */
        Role: "viewer" | "operator" | "approver" | "admin";
        /** @enum {string} */
        RoleInput: "viewer" | "operator" | "approver" | "admin";
        RotateEndpointInput: {
            /** @description A secret of its own choice, whsec_… or whsk_…. */
            secret?: string;
            /**
             * @description Kinds of new secrets: HMAC-SHA256, ed25519, or one of each.
             * @enum {string}
             */
            signature?: "v1" | "v1a" | "both";
            /**
             * @description How long the old secret signs too; 0 after a leak. Default 24 h.
             * @default 86400000
             */
            overlap_ms?: number;
        };
        RotatedSecrets: {
            endpoint_id: string;
            secrets: string[];
            public_keys: string[];
            /** @description Until when the old secret signs too. */
            old_until: number | null;
        };
        ServiceHealth: {
            name: string;
            /**
             * @description `limited`: it answers, but a part is away without which it cannot do everything, as a gateway without Kafka, which stores nothing. `down`: it does not answer.
             * @enum {string}
             */
            state: "up" | "limited" | "not-ready" | "down";
            /** @description Why, where it is not up. */
            detail: string | null;
            checks: {
                name: string;
                is_ok: boolean;
                detail: string | null;
            }[];
        };
        SetModeInput: {
            /** @enum {string} */
            mode: "webhook" | "polling" | "parallel";
            /**
             * @description For this share of the conversations only; the others are polled.
             * @default 100
             */
            percent?: number;
            /**
             * @description For conversations of these inboxes only; the others are polled.
             * @default []
             */
            inboxes?: string[];
            reason?: string;
        };
        Setting: {
            /** @description The environment variable. */
            name: string;
            /** @description Null where it is not set; a secret’s is masked. */
            value: string | null;
            /** @description `default`, `environment`, or the file that sets it. */
            origin: string;
            is_secret: boolean;
            doc: string;
        };
        SettingList: {
            version: string;
            /** @description Of the console, by name. */
            items: components["schemas"]["Setting"][];
        };
        SignatureToValidateInput: {
            webhook_data?: unknown;
            signature?: unknown;
            secret_key?: unknown;
            client_id?: unknown;
        };
        SignatureVerdict: {
            valid: boolean;
            /** @description The rule that the signature breaks; null when it is valid. */
            rule: string | null;
            detail: string;
            /** @description The scheme by which it was checked. */
            scheme: string | null;
            /** @description Which secret matched; `given` for secret_key. */
            secret_id: string | null;
        };
        SignedErasureReceipt: {
            receipt_id: string;
            tenant: string;
            /** @description Of what was erased; only who has the tenant’s index key finds it. */
            subject_hash: string;
            subject_kind: string;
            requested_by: string;
            requested_at: number;
            approved_by: string;
            approved_at: number;
            approval_id: string;
            approval_mode: string;
            /** @description From then on nobody reads it any more, but for `plain_records_until`. */
            erased_at: number;
            places: components["schemas"]["ErasedPlace"][];
            /** @description Day (UTC) on which Kafka has deleted the last record of it, whatever it was; unreadable until then. */
            last_record_expires: string;
            /** @description Day (UTC) until which topics may hold records of it that were written in plain text; null: none do. */
            plain_records_until: string | null;
            /** @description What is beyond this installation’s reach, and what stays. */
            remarks: string[];
            /** @description ed25519, `whpk_` and base64; compare it with what the installation tells you. */
            public_key: string;
            /** @description `key id:base64` over the canonical text of the rest. */
            signature: string;
        };
        Source: {
            name: string;
            account: string;
            provider: string;
            /** @description What its sender posts to; a path alone where the gateway’s address is not known. */
            url: string;
            schemes: string[];
            secret_ids: string[];
            is_synchronous: boolean;
            is_enabled: boolean;
            max_body_bytes: number;
            rate_limit_per_minute: number;
            tolerance_ms: number;
            gap_repair: {
                /** @enum {string} */
                state: "possible" | "no-api-token" | "no-api";
                text: string;
            };
            /** @description Null where none was ever set: webhooks count. */
            mode: components["schemas"]["IngestMode"] | null;
            last_event_at: number | null;
            events_last_day: number;
            refused_last_day: number;
            last_refused: {
                /** @description Epoch milliseconds. */
                at: number;
                rule: string;
                scheme: string;
                /** @description Known mistakes that together explain it. */
                mistakes: string[];
                is_explained: boolean;
            } | null;
        };
        SourceList: {
            items: components["schemas"]["Source"][];
        };
        SubjectExportRequestInput: {
            /** @description `email`, `conversation`, `contact` or `client`, a colon, and the address or id. */
            subject: string;
            /**
             * @description Why, for the audit; without the name.
             * @default
             */
            reason?: string;
        };
        SupportPack: {
            /** @description Epoch milliseconds. */
            made_at: number;
            versions: {
                millrace: string;
                node: string;
            };
            /** @description What was masked, and how. */
            masked: string[];
            event: components["schemas"]["EventDetail"];
            timeline: components["schemas"]["Timeline"];
            /** @description At most 100. */
            deliveries: {
                /** @description The `webhook-id` of every try. */
                delivery_id: string;
                endpoint_id: string;
                event_id: string;
                event_type: string;
                conversation_id: string | null;
                /**
                 * @description `requested`: not tried yet. `waiting`: for its next try, or what `waiting_for` says. `dead`: given up.
                 * @enum {string}
                 */
                state: "requested" | "waiting" | "succeeded" | "dead" | "cancelled";
                /** @description `retry`, `throttled`, `breaker`, `order` or `preview`; null unless it waits. */
                waiting_for: string | null;
                /** @description Epoch milliseconds. */
                requested_at: number;
                /** @description When the next try is due. */
                due_at: number | null;
                ended_at: number | null;
                attempts: number;
                last_status_code: number | null;
                last_error_code: string | null;
                /** @description Of the replay that asked for it; null for the first run. */
                run_id: string | null;
                tries: components["schemas"]["DeliveryAttempt"][];
            }[];
            dead_letters: {
                topic: string;
                /** @description Epoch milliseconds. */
                at: number;
                error_code: string;
                error_message: string;
                stack: string;
            }[];
            configuration: {
                source: {
                    [key: string]: unknown;
                } | null;
                mode: components["schemas"]["IngestMode"] | null;
                /** @description Those of the deliveries: no secrets, headers by name, paths of URLs masked. */
                endpoints: {
                    [key: string]: unknown;
                }[];
            };
        };
        Tenant: {
            tenant: string;
            /**
             * @description Of whoever asks.
             * @enum {string}
             */
            role: "viewer" | "operator" | "approver" | "admin";
        };
        TenantRetention: {
            tenant: string;
            /** @description `retention_days` of the tenant in the sources file, as it holds now; null: what is kept for everybody. */
            days: number | null;
            /** @description Fewer days that were asked for and do not hold yet. */
            next_days: number | null;
            /** @description From when on they hold, epoch milliseconds. */
            next_from: number | null;
            ledger: {
                /** @description Days for which rows of events, deliveries and findings are kept. */
                days: number;
                payload_days: number;
                /** @description When the oldest event or delivery came that is there. */
                oldest_at: number | null;
                /** @description When rows past the tenant’s own days were removed last; null where it has none. */
                enforced_at: number | null;
            };
            topics: {
                /**
                 * @description `data-keys`: records past the days cannot be read, because the keys of their day have ended. `topic-retention`: encryption is off, and records stay as long as their topic keeps everybody’s.
                 * @enum {string}
                 */
                means: "data-keys" | "topic-retention";
                /** @description Encrypted records from before then cannot be read; null while no keys have ended. */
                readable_from: number | null;
                /** @description Day of the oldest data key that is left, yyyymmdd. */
                oldest_key_day: string | null;
                /** @description When keys were looked through last. */
                enforced_at: number | null;
            };
        };
        Timeline: {
            event_id: string;
            type: string;
            /**
             * @description `processed`: every consumer of its type is done with it. `failed`: a dead-letter topic holds it.
             * @enum {string}
             */
            status: "pending" | "processed" | "failed";
            /** @description By the provider’s clock. */
            occurred_at: number;
            /** @description Of the earliest span. */
            started_at: number;
            /** @description Of the last span; null while something waits. */
            ended_at: number | null;
            /** @description In order of time; parents before their children. At most 500. */
            spans: components["schemas"]["TimelineSpan"][];
            is_truncated: boolean;
        };
        TimelineSpan: {
            /** @description Unique within the timeline. */
            id: string;
            parent_id: string | null;
            /**
             * @description Hops first; then each delivery with its attempts, each dead letter, each replay.
             * @enum {string}
             */
            kind: "received" | "deduped" | "snapshot" | "graph" | "delivery" | "attempt" | "dead-letter" | "replay";
            /** @description A line to show, in English. */
            label: string;
            /** @description The service that did it, or is to. */
            service: string;
            /**
             * @description `waiting`: not yet. `none`: this event has no business at this hop; it has no times then.
             * @enum {string}
             */
            state: "done" | "waiting" | "failed" | "none";
            started_at: number | null;
            /** @description Null while it waits. */
            ended_at: number | null;
            /** @description Of the replay that caused it; null for the first run. */
            run_id: string | null;
            /** @description `topic-partition-offset` of its record, where one is known. */
            position: string | null;
            delivery_id: string | null;
            endpoint_id: string | null;
            /** @description 1 for the first try. */
            attempt: number | null;
            status_code: number | null;
            error_code: string | null;
            /** @description Why it waits or failed, in words. */
            detail: string | null;
            /** @description Of an attempt: microseconds of each step that was taken, in order; else empty. */
            steps: {
                /** @enum {string} */
                name: "dns" | "connect" | "tls" | "first-byte";
                us: number;
            }[];
        };
        Token: {
            id: string;
            name: string;
            /** @description Whose it is; it never may do more than this user may. `host` for the machine’s own. */
            user_id: string;
            roles: components["schemas"]["Grant"][];
            /** @description Epoch milliseconds. */
            created_at: number;
            expires_at: number | null;
            /** @description To the minute. */
            last_used_at: number | null;
        };
        TokenPage: {
            items: components["schemas"]["Token"][];
            next_cursor: string | null;
        };
        User: {
            id: string;
            name: string;
            email: string | null;
            roles: components["schemas"]["Grant"][];
            /** @description Epoch milliseconds. */
            created_at: number;
            /** @description Id of the user who made the account; `host` for the machine’s own. */
            created_by: string;
            last_login_at: number | null;
            /** @description False until the one-time link was used and a password set. */
            has_password: boolean;
            is_disabled: boolean;
            /** @description Names of the accounts with which it counts as one person where approval asks for two. */
            counts_with: string[];
            /** @description Whether it counts as whoever made it, or gave its last link, until somebody independent vouches for it. */
            needs_vouch: boolean;
        };
        UserChangeInput: {
            email?: string | null;
            roles?: components["schemas"]["GrantInput"][];
            is_disabled?: boolean;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            next_cursor: string | null;
        };
        VouchInput: {
            /** @description The number for vouching that the user sees on their own page (`vouch_code` of `me`). */
            code: string;
        };
        WaitingForApproval: {
            approval: components["schemas"]["Approval"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Approval = components['schemas']['Approval'];
export type ApprovalPage = components['schemas']['ApprovalPage'];
export type ApproveInput = components['schemas']['ApproveInput'];
export type AuditEntry = components['schemas']['AuditEntry'];
export type AuditPage = components['schemas']['AuditPage'];
export type AuditVerdict = components['schemas']['AuditVerdict'];
export type ChangedConfigs = components['schemas']['ChangedConfigs'];
export type ChangedEndpoint = components['schemas']['ChangedEndpoint'];
export type CheckEndpointInput = components['schemas']['CheckEndpointInput'];
export type ConversationConfigInput = components['schemas']['ConversationConfigInput'];
export type ConversationConfigsInput = components['schemas']['ConversationConfigsInput'];
export type ConversationDetail = components['schemas']['ConversationDetail'];
export type ConversationPage = components['schemas']['ConversationPage'];
export type ConversationSummary = components['schemas']['ConversationSummary'];
export type ConversationsSearchInput = components['schemas']['ConversationsSearchInput'];
export type DeadLetterPage = components['schemas']['DeadLetterPage'];
export type DeadLetterRecord = components['schemas']['DeadLetterRecord'];
export type DeadLetterTopic = components['schemas']['DeadLetterTopic'];
export type DeadLetterTopics = components['schemas']['DeadLetterTopics'];
export type DecideInput = components['schemas']['DecideInput'];
export type DeliveryAttempt = components['schemas']['DeliveryAttempt'];
export type DeliveryDetail = components['schemas']['DeliveryDetail'];
export type DeliveryPage = components['schemas']['DeliveryPage'];
export type DeliverySummary = components['schemas']['DeliverySummary'];
export type Endpoint = components['schemas']['Endpoint'];
export type EndpointChangesInput = components['schemas']['EndpointChangesInput'];
export type EndpointCheck = components['schemas']['EndpointCheck'];
export type EndpointPage = components['schemas']['EndpointPage'];
export type EndpointTest = components['schemas']['EndpointTest'];
export type ErasedPlace = components['schemas']['ErasedPlace'];
export type Erasure = components['schemas']['Erasure'];
export type ErasurePage = components['schemas']['ErasurePage'];
export type ErasurePlan = components['schemas']['ErasurePlan'];
export type ErasureRequestInput = components['schemas']['ErasureRequestInput'];
export type EventDetail = components['schemas']['EventDetail'];
export type EventHops = components['schemas']['EventHops'];
export type EventPage = components['schemas']['EventPage'];
export type EventPayload = components['schemas']['EventPayload'];
export type EventRun = components['schemas']['EventRun'];
export type EventSummary = components['schemas']['EventSummary'];
export type EventsSearchInput = components['schemas']['EventsSearchInput'];
export type ExtractClientKnowledgeGraphInput = components['schemas']['ExtractClientKnowledgeGraphInput'];
export type FrontAccount = components['schemas']['FrontAccount'];
export type Grant = components['schemas']['Grant'];
export type GrantInput = components['schemas']['GrantInput'];
export type GraphNode = components['schemas']['GraphNode'];
export type GraphNodeDetail = components['schemas']['GraphNodeDetail'];
export type GraphNodePage = components['schemas']['GraphNodePage'];
export type GraphNodesSearchInput = components['schemas']['GraphNodesSearchInput'];
export type GraphPath = components['schemas']['GraphPath'];
export type GraphRelationship = components['schemas']['GraphRelationship'];
export type IngestMode = components['schemas']['IngestMode'];
export type LedgerStanding = components['schemas']['LedgerStanding'];
export type LedgerState = components['schemas']['LedgerState'];
export type LinkedUser = components['schemas']['LinkedUser'];
export type LiveGap = components['schemas']['LiveGap'];
export type LiveMessage = components['schemas']['LiveMessage'];
export type LiveNode = components['schemas']['LiveNode'];
export type LiveSnapshot = components['schemas']['LiveSnapshot'];
export type LoginInput = components['schemas']['LoginInput'];
export type MadeToken = components['schemas']['MadeToken'];
export type Me = components['schemas']['Me'];
export type ModeSet = components['schemas']['ModeSet'];
export type Neighbourhood = components['schemas']['Neighbourhood'];
export type NewEndpointInput = components['schemas']['NewEndpointInput'];
export type NewPasswordInput = components['schemas']['NewPasswordInput'];
export type NewTokenInput = components['schemas']['NewTokenInput'];
export type NewUserInput = components['schemas']['NewUserInput'];
export type Notice = components['schemas']['Notice'];
export type NoticePage = components['schemas']['NoticePage'];
export type Overview = components['schemas']['Overview'];
export type ParityList = components['schemas']['ParityList'];
export type ParityReport = components['schemas']['ParityReport'];
export type Person = components['schemas']['Person'];
export type Problem = components['schemas']['Problem'];
export type ProcessWebhookDataInput = components['schemas']['ProcessWebhookDataInput'];
export type ReasonInput = components['schemas']['ReasonInput'];
export type ReceiptKeys = components['schemas']['ReceiptKeys'];
export type Redrive = components['schemas']['Redrive'];
export type RedrivePage = components['schemas']['RedrivePage'];
export type RedrivePlan = components['schemas']['RedrivePlan'];
export type RedriveRequestInput = components['schemas']['RedriveRequestInput'];
export type RedriveSelection = components['schemas']['RedriveSelection'];
export type RedriveSelectionInput = components['schemas']['RedriveSelectionInput'];
export type Replay = components['schemas']['Replay'];
export type ReplayPage = components['schemas']['ReplayPage'];
export type ReplayPlan = components['schemas']['ReplayPlan'];
export type ReplayRequestInput = components['schemas']['ReplayRequestInput'];
export type ReplaySelection = components['schemas']['ReplaySelection'];
export type ReplaySelectionInput = components['schemas']['ReplaySelectionInput'];
export type ReplayTarget = components['schemas']['ReplayTarget'];
export type ReplayTargetInput = components['schemas']['ReplayTargetInput'];
export type ResealEndpointsInput = components['schemas']['ResealEndpointsInput'];
export type ResealedEndpoints = components['schemas']['ResealedEndpoints'];
export type ResponseRequestInput = components['schemas']['ResponseRequestInput'];
export type RetentionReport = components['schemas']['RetentionReport'];
export type Role = components['schemas']['Role'];
export type RoleInput = components['schemas']['RoleInput'];
export type RotateEndpointInput = components['schemas']['RotateEndpointInput'];
export type RotatedSecrets = components['schemas']['RotatedSecrets'];
export type ServiceHealth = components['schemas']['ServiceHealth'];
export type SetModeInput = components['schemas']['SetModeInput'];
export type Setting = components['schemas']['Setting'];
export type SettingList = components['schemas']['SettingList'];
export type SignatureToValidateInput = components['schemas']['SignatureToValidateInput'];
export type SignatureVerdict = components['schemas']['SignatureVerdict'];
export type SignedErasureReceipt = components['schemas']['SignedErasureReceipt'];
export type Source = components['schemas']['Source'];
export type SourceList = components['schemas']['SourceList'];
export type SubjectExportRequestInput = components['schemas']['SubjectExportRequestInput'];
export type SupportPack = components['schemas']['SupportPack'];
export type Tenant = components['schemas']['Tenant'];
export type TenantRetention = components['schemas']['TenantRetention'];
export type Timeline = components['schemas']['Timeline'];
export type TimelineSpan = components['schemas']['TimelineSpan'];
export type Token = components['schemas']['Token'];
export type TokenPage = components['schemas']['TokenPage'];
export type User = components['schemas']['User'];
export type UserChangeInput = components['schemas']['UserChangeInput'];
export type UserPage = components['schemas']['UserPage'];
export type VouchInput = components['schemas']['VouchInput'];
export type WaitingForApproval = components['schemas']['WaitingForApproval'];
export type $defs = Record<string, never>;
export interface operations {
    getOpenApi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description This document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: unknown;
                    };
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
    logIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginInput"];
            };
        };
        responses: {
            /** @description Begin a session, by name and password or by the code of a one-time link */
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
    logOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description End this session */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
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
    setMyPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewPasswordInput"];
            };
        };
        responses: {
            /** @description Set one’s own password; all other sessions end */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
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
    listUsers: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Users by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
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
    addUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewUserInput"];
            };
        };
        responses: {
            /** @description Add a user, who sets a password by the one-time link that is given back */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkedUser"];
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
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
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
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChangeInput"];
            };
        };
        responses: {
            /** @description Change a user’s roles, or keep them out; both hold from the next request on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
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
    giveUserLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Give a user a new one-time link, for a forgotten password; the one before no longer works */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkedUser"];
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
    listTokens: {
        parameters: {
            query?: {
                limit?: number;
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One’s own tokens; everybody’s for an administrator of everything */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenPage"];
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
    addToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTokenInput"];
            };
        };
        responses: {
            /** @description Make a token for a program; it may do no more than whoever makes it, now and later */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeToken"];
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
    removeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoke a token of one’s own, or anybody’s as administrator of everything; it ends at once */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
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
    getLedgerStanding: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How current the ledger is, and how far a rebuild */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerStanding"];
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
    rebuildLedger: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Empty the ledger and build it anew from the topics; nothing else is touched */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerStanding"];
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
    getRetention: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description For how long each tenant’s data is kept, by which means, and what was done last */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RetentionReport"];
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
    getOverview: {
        parameters: {
            query?: {
                /** @description How far back the figures look. */
                minutes?: number;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How everything is doing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Overview"];
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
    getLedger: {
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
            /** @description How current everything is that the console shows */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LedgerState"];
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
    listEvents: {
        parameters: {
            query?: {
                /** @description An id, whole: of an event, a webhook, a conversation, a client, or a delivery (the `webhook-id` that a receiver got). */
                q?: string;
                conversation?: string;
                client?: string;
                /** @description A canonical type, or `prefix.*`; several separated by commas. */
                type?: string;
                /** @description `processed`: every consumer of its type is done with it. `failed`: a dead-letter topic holds it. */
                status?: "pending" | "processed" | "failed";
                source?: string;
                /** @description Received from then on, epoch milliseconds. */
                since?: number;
                /** @description Received before, epoch milliseconds. */
                until?: number;
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events that fit a filter, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
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
    searchEvents: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EventsSearchInput"];
            };
        };
        responses: {
            /** @description Events that fit a filter and have a text in their payload, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPage"];
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
    getEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                event_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One event with the times of its hops and its runs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventDetail"];
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
    getTimeline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                event_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What happened to an event, hop by hop, as a waterfall */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Timeline"];
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
    getPayload: {
        parameters: {
            query?: {
                max_bytes?: number;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                event_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the provider sent, byte for byte */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventPayload"];
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
    getSupportPack: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                event_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Everything that a support case needs of an event, without personal data */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupportPack"];
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
    streamLive: {
        parameters: {
            query?: {
                /** @description Of event, delivery, snapshot, node, notice, resource-updated, separated by commas. */
                kinds?: string;
                /** @description A canonical type, or `prefix.*`; several separated by commas. */
                type?: string;
                /** @description `processed`: every consumer of its type is done with it. `failed`: a dead-letter topic holds it. */
                status?: "pending" | "processed" | "failed";
                source?: string;
                client?: string;
                /** @description Also of deliveries and snapshots. */
                conversation?: string;
                /** @description Of deliveries. */
                endpoint?: string;
                /** @description As the header `Last-Event-ID`, which wins. */
                last_event_id?: string;
            };
            header?: {
                "last-event-id"?: string;
            };
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Messages */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveMessage"];
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
    listConversations: {
        parameters: {
            query?: {
                state?: "live" | "deleted" | "merged" | "gone";
                status?: string;
                /** @description Id or name of a tag. */
                tag?: string;
                /** @description Refreshed from then on. */
                since?: number;
                until?: number;
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Conversations, those that changed last first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationPage"];
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
    searchConversations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConversationsSearchInput"];
            };
        };
        responses: {
            /** @description Conversations by subject or person, those that changed last first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationPage"];
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
    getConversation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                conversation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One conversation with its last messages */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConversationDetail"];
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
    listNodes: {
        parameters: {
            query?: {
                type?: string;
                /** @description Only nodes that events of this client told of. */
                client?: string;
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nodes that fit, those seen last first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphNodePage"];
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
    searchNodes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GraphNodesSearchInput"];
            };
        };
        responses: {
            /** @description Nodes by label, address or number, those seen last first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphNodePage"];
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
    getNode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One node with what it rests on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphNodeDetail"];
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
    getNeighbours: {
        parameters: {
            query?: {
                depth?: number;
                /** @description Nodes at most; the nearest first. */
                limit?: number;
                /** @description Also relationships that have ended. */
                ended?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What lies around a node, to a depth */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Neighbourhood"];
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
    getPath: {
        parameters: {
            query: {
                from: string;
                to: string;
                max_length?: number;
                ended?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A shortest way between two nodes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphPath"];
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
    exportGraph: {
        parameters: {
            query: {
                /** @description The client’s id as callers use it, or the id of its node. */
                client: string;
                format?: "json" | "csv" | "graphml";
                /** @description Which of the two files, for csv. */
                part?: "nodes" | "relationships";
                ended?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
                    "text/csv": string;
                    "application/graphml+xml": string;
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
    listDeliveries: {
        parameters: {
            query?: {
                endpoint?: string;
                event?: string;
                conversation?: string;
                /** @description `requested`: not tried yet. `waiting`: for its next try, or what `waiting_for` says. `dead`: given up. */
                state?: "requested" | "waiting" | "succeeded" | "dead" | "cancelled";
                /** @description Error code of the last try. */
                code?: string;
                /** @description Requested from then on. */
                since?: number;
                until?: number;
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deliveries that fit, the last requested first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryPage"];
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
    getDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                delivery_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One delivery with every try */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryDetail"];
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
    listDeadLetterTopics: {
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
            /** @description Dead-letter topics that hold something, with how much, since when and why */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterTopics"];
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
    listDeadLetters: {
        parameters: {
            query?: {
                code?: string;
                /** @description true: those that were redriven, instead. */
                redriven?: "true" | "false";
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                topic: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What lies in one dead-letter topic, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeadLetterPage"];
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
    listSources: {
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
            /** @description Configured sources with their modes and what came from them; no secrets */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceList"];
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
    listParity: {
        parameters: {
            query?: {
                source?: string;
                /** @description Events from then on; default: the last 24 hours. */
                since?: number;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How webhooks and polling compare, and whether cutting over is safe */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ParityList"];
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
    listNotices: {
        parameters: {
            query?: {
                severity?: "info" | "warning" | "critical";
                kind?: string;
                since?: number;
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Warnings and news for operators, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NoticePage"];
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
    listSettings: {
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
            /** @description The settings that the console runs with; secrets are masked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingList"];
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
    listReplays: {
        parameters: {
            query?: {
                /** @description `preparing`: the selection is being counted out. `running`: also while it gives way to live work. */
                state?: "preparing" | "waiting-for-approval" | "running" | "done" | "cancelled" | "failed";
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Replays, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayPage"];
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
    createReplay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayRequestInput"];
            };
        };
        responses: {
            /** @description Have events handled once more by one target, or count them first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayPlan"];
                };
            };
            /** @description Have events handled once more by one target, or count them first */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
                };
            };
            /** @description Have events handled once more by one target, or count them first */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
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
    getReplay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One replay with its progress */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
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
    cancelReplay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Stop a replay; what it has written stays written */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Replay"];
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
    listRedrives: {
        parameters: {
            query?: {
                /** @description `preparing`: the selection is being counted out. `running`: also while it gives way to live work. */
                state?: "preparing" | "waiting-for-approval" | "running" | "done" | "cancelled" | "failed";
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Redrives, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedrivePage"];
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
    createRedrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RedriveRequestInput"];
            };
        };
        responses: {
            /** @description Put dead letters back to the group that gave them up, or count them first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RedrivePlan"];
                };
            };
            /** @description Put dead letters back to the group that gave them up, or count them first */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redrive"];
                };
            };
            /** @description Put dead letters back to the group that gave them up, or count them first */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redrive"];
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
    getRedrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One redrive with its progress */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redrive"];
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
    cancelRedrive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Stop a redrive; what it has put back stays there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Redrive"];
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
    listErasures: {
        parameters: {
            query?: {
                /** @description `preparing`: the selection is being counted out. `running`: also while it gives way to live work. */
                state?: "preparing" | "waiting-for-approval" | "running" | "done" | "cancelled" | "failed";
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Erasures, newest first; none names whom it was about */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasurePage"];
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
    requestErasure: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ErasureRequestInput"];
            };
        };
        responses: {
            /** @description Ask for everything of a person or conversation to be erased, or look what there is first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErasurePlan"];
                };
            };
            /** @description Ask for everything of a person or conversation to be erased, or look what there is first */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
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
    getErasure: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One erasure with its progress, and its signed receipt once it is done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
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
    cancelErasure: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Take a request for erasure back; one that has begun is brought to its end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Erasure"];
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
    getReceiptKeys: {
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
            /** @description Public keys by which receipts of erasures are checked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptKeys"];
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
    exportSubject: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubjectExportRequestInput"];
            };
        };
        responses: {
            /** @description The document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": string;
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
    listEndpoints: {
        parameters: {
            query?: {
                kind?: ("general" | "config" | "response") | "";
                /** @description Part of its id, URL or description. */
                q?: string;
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Endpoints and conversation configs, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointPage"];
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
    createEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewEndpointInput"];
            };
        };
        responses: {
            /** @description Add an endpoint; its secret is told this once */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedEndpoint"];
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
    getEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One endpoint, and how it does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Endpoint"];
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
    removeEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Remove an endpoint; what is on its way to it is dropped */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
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
    updateEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EndpointChangesInput"];
            };
        };
        responses: {
            /** @description Change an endpoint; what is not named stays as it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedEndpoint"];
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
    checkEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CheckEndpointInput"];
            };
        };
        responses: {
            /** @description Say whether a URL may be an endpoint, without sending it anything */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointCheck"];
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
    setConfigs: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConversationConfigsInput"];
            };
        };
        responses: {
            /** @description Set conversation configs; one of the same conversation, channel and usecase is replaced */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedConfigs"];
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
    rotateEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RotateEndpointInput"];
            };
        };
        responses: {
            /** @description Give an endpoint a new secret; the old one signs too for a while */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotatedSecrets"];
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
    disableEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonInput"];
            };
        };
        responses: {
            /** @description Pause an endpoint at once, without approval */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedEndpoint"];
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
    enableEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReasonInput"];
            };
        };
        responses: {
            /** @description Let an endpoint get deliveries again, whoever disabled it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedEndpoint"];
                };
            };
            /** @description Let an endpoint get deliveries again, whoever disabled it */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitingForApproval"];
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
    testEndpoint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Send an endpoint one delivery (type endpoint.test), and show what came of the first try */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EndpointTest"];
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
    resealEndpoints: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResealEndpointsInput"];
            };
        };
        responses: {
            /** @description Encrypt the secrets and headers of all endpoints anew with the current key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResealedEndpoints"];
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
    setMode: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                source: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetModeInput"];
            };
        };
        responses: {
            /** @description Set by which way the events of a source count, at once and without approval */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModeSet"];
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
    listApprovals: {
        parameters: {
            query?: {
                status?: ("pending" | "approved" | "executing" | "done" | "failed" | "refused" | "cancelled" | "expired") | "";
                kind?: ("webhook-response" | "webhook-data" | "erasure" | "replay" | "redrive" | "endpoint-enable") | "";
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Requests for approval, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApprovalPage"];
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
    getApproval: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One request for approval, with exactly what would be executed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
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
    approveRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApproveInput"];
            };
        };
        responses: {
            /** @description Approve a request of another person, and have it executed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
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
    refuseRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecideInput"];
            };
        };
        responses: {
            /** @description Refuse a request; it is never executed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
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
    cancelRequest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DecideInput"];
            };
        };
        responses: {
            /** @description Take a request back: one’s own, or as an administrator anybody’s */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Approval"];
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
    sendWebhookResponse: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResponseRequestInput"];
            };
        };
        responses: {
            /** @description Ask for data to be sent to a client’s webhook (send_webhook_response) */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitingForApproval"];
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
    validateWebhookSignature: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignatureToValidateInput"];
            };
        };
        responses: {
            /** @description Whether a signature belongs to a webhook’s body (validate_webhook_signature) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignatureVerdict"];
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
    processWebhookData: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProcessWebhookDataInput"];
            };
        };
        responses: {
            /** @description Ask for a client’s task to be taken in as if its webhook had come (process_webhook_data) */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitingForApproval"];
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
    extractClientKnowledgeGraph: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtractClientKnowledgeGraphInput"];
            };
        };
        responses: {
            /** @description Ask for the knowledge graph of a client’s task (extract_client_knowledge_graph) */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WaitingForApproval"];
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
    listAudit: {
        parameters: {
            query?: {
                /** @description Id, or part of the name. */
                actor?: string;
                /** @description An action, or what one begins with. */
                action?: string;
                /** @description Part of the subject. */
                subject?: string;
                /** @description Id of an approval. */
                approval?: string;
                /** @description Rows of one page, at most 200. */
                limit?: number;
                /** @description `next_cursor` of the page before. All other parameters but `limit` stay as they were: with others it is refused, and they are named. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The tenant’s name. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who did what, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
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
    verifyAudit: {
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
            /** @description Read the whole chain of all tenants, and say whether it holds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditVerdict"];
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
    vouchForUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["VouchInput"];
            };
        };
        responses: {
            /** @description Stand for it that an account is a person of its own */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": null;
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
