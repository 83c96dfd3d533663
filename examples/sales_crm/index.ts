/// <reference path="../../bun-shim/types/rootcx.d.ts" />

// The backend of a small sales tool. Install its data contract, then deploy it:
//   curl -X POST "$URL/api/v1/apps" -H "Authorization: Bearer $TOKEN" -H 'content-type: application/json' -d @manifest.json
//   tar -czf ../sales_crm.tar.gz --exclude frontend . && curl -X POST "$URL/api/v1/apps/sales_crm/deploy" -H "Authorization: Bearer $TOKEN" -F archive=@../sales_crm.tar.gz
// Its pages go the same way, from frontend/:
//   tar -czf ../pages.tar.gz -C frontend . && curl -X POST "$URL/api/v1/apps/sales_crm/frontend" -H "Authorization: Bearer $TOKEN" -F archive=@../pages.tar.gz

type Deal = { id: string; title: string; stage: string; amount: number | null };

const stages = ["lead", "qualified", "proposal", "won", "lost"];

serve(
  {
    greet: async (params: { name?: string }) => {
      return { message: `Hello, ${params.name || "world"}!` };
    },

    whoami: async (_params: unknown, caller) => {
      if (!caller) throw new Error("Authentication required");
      const res = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/auth/me`, {
        headers: { Authorization: `Bearer ${caller.authToken}` },
      });
      return await res.json();
    },

    deals: async (_params: unknown, caller, ctx) => {
      if (!caller) throw new Error("Authentication required");
      const deals = await ctx.collection<Deal>("deals").find();
      return deals.sort((one, other) => one.title.localeCompare(other.title));
    },

    // Without a token, a request to the platform is made by the app itself.
    pipeline: async () => {
      const res = await fetch(`${process.env.ROOTCX_RUNTIME_URL}/api/v1/apps/sales_crm/collections/deals`);
      const deals: Deal[] = await res.json();
      return Object.fromEntries(stages.map((stage) => [stage, deals.filter((deal) => deal.stage === stage).length]));
    },

    closeDeal: async (params: { dealId?: string }, caller, ctx) => {
      if (!caller) throw new Error("Authentication required");
      if (!params.dealId) throw new Error("Missing dealId");
      const deal = await ctx.collection("deals").update({ id: params.dealId, stage: "won" });
      log.info(`Deal ${deal.id} closed by ${caller.email}`);
      emit("deal_won", { dealId: deal.id, amount: deal.amount });
      return deal;
    },
  },
  {
    onStart: (config) => {
      log.info(`Worker connected: ${config.appId}`);
    },
    onError: (error, method) => {
      log.error(`Error in ${method}: ${error.message}`);
    },
    onShutdown: () => {
      log.info("Shutting down, cleaning up...");
    },
  },
);
