/// <reference path="../../bun-shim/types/rootcx.d.ts" />

// The backend of a small sales tool. Deploy it with:
//   tar -czf ../sales_crm.tar.gz . && curl -X POST "$URL/api/v1/apps/sales_crm/deploy" -H "Authorization: Bearer $TOKEN" -F archive=@../sales_crm.tar.gz

type Deal = { id: string; stage: string; amount: number };

const stages = ["lead", "qualified", "proposal", "won", "lost"];
const deals = new Map<string, Deal>([
  ["d1", { id: "d1", stage: "lead", amount: 1_200 }],
  ["d2", { id: "d2", stage: "proposal", amount: 8_000 }],
  ["d3", { id: "d3", stage: "proposal", amount: 450 }],
]);

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

    pipeline: async () => {
      return Object.fromEntries(stages.map((stage) => [stage, [...deals.values()].filter((deal) => deal.stage === stage).length]));
    },

    closeDeal: async (params: { dealId?: string }, caller) => {
      if (!caller) throw new Error("Authentication required");
      if (!params.dealId) throw new Error("Missing dealId");
      const deal = deals.get(params.dealId);
      if (!deal) throw new Error(`Unknown deal ${params.dealId}`);
      deal.stage = "won";
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
