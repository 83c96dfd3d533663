// What somebody writes with the client that is generated from the description. It is compiled, and run against the platform.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

declare const process: { argv: string[] };

const [baseUrl, token, appId] = process.argv.slice(2) as [string, string, string];
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

const me = await client.GET("/api/v1/auth/me");
const user: components["schemas"]["User"] | undefined = me.data;

const call = await client.POST("/api/v1/apps/{appId}/rpc", { params: { path: { appId } }, body: { method: "greet", params: { name: "Ada" } } });

const jobs = await client.GET("/api/v1/apps/{appId}/jobs/{id}", { params: { path: { appId, id: 4711 } } });
const refusal: string | undefined = jobs.error?.error;

// @ts-expect-error: there is no such path
void (() => client.GET("/api/v1/nothing"));
// @ts-expect-error: a call has a method
void (() => client.POST("/api/v1/apps/{appId}/rpc", { params: { path: { appId } }, body: { params: {} } }));

console.log(JSON.stringify({ email: user?.email, status: call.response.status, greeting: call.data, refusal }));
