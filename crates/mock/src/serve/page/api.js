// Asks the mock, by the routes that programs ask, too.

/** A refusal of the mock, in its words. */
class Refused extends Error {
    /** @param {number} status @param {any} told */
    constructor(status, told) {
        super(typeof told?.error === "string" ? told.error : `the mock answered with ${status}`);
        this.status = status;
        this.told = told;
    }
}

class Api {
    /** @param {() => Promise<string>} askForToken */
    constructor(askForToken) {
        this.askForToken = askForToken;
        /** Kept here alone: what is stored in the browser could be read by whatever page the mock answers with. */
        this.token = "";
    }

    /** @param {string} route @returns {Promise<any>} */
    get(route) {
        return this.send("GET", route);
    }

    /**
     * What a route says; where a token is asked for, the user is.
     * @param {string} method @param {string} route @param {unknown} [body] @returns {Promise<any>}
     */
    async send(method, route, body) {
        for (;;) {
            const token = this.token;
            /** @type {Record<string, string>} */
            const headers = { accept: "application/json" };
            if (token) headers["x-mock-admin-token"] = token;
            if (body !== undefined) headers["content-type"] = "application/json";
            let answer;
            try {
                const text = body === undefined ? undefined : JSON.stringify(body);
                answer = await fetch(`/__mock/${route}`, { method, headers, body: text, credentials: "omit" });
            } catch {
                throw new Error("the mock does not answer; is it still running?");
            }
            const told = await answer.json().catch(() => null);
            if (answer.ok) return told;
            if (answer.status !== 401) throw new Refused(answer.status, told);
            // Another request may have asked for it meanwhile.
            if (this.token === token) this.token = await this.askForToken();
        }
    }
}
