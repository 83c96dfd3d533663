// Pages of an app share their origin with the API, so its paths are all that is needed. The token is kept in this page's memory only: other apps' pages are of the same
// origin, and could read what is stored.
const find = (id) => document.getElementById(id);
let token = null;

async function post(path, body) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error);
  return result;
}

const rpc = (method, params = {}) => post("/api/v1/apps/sales_crm/rpc", { method, params });

async function attempt(action) {
  find("problem").textContent = "";
  try {
    await action();
  } catch (error) {
    find("problem").textContent = error.message;
  }
}

function row(deal) {
  const line = document.createElement("tr");
  for (const [text, kind] of [[deal.title], [deal.stage], [deal.amount ?? "", "number"]]) {
    const cell = line.insertCell();
    cell.textContent = text;
    if (kind) cell.className = kind;
  }
  const cell = line.insertCell();
  if (deal.stage !== "won") {
    const button = document.createElement("button");
    button.textContent = "Won";
    button.onclick = () => attempt(async () => {
      await rpc("closeDeal", { dealId: deal.id });
      await show();
    });
    cell.append(button);
  }
  return line;
}

async function show() {
  const deals = await rpc("deals");
  find("rows").replaceChildren(...deals.map(row));
  find("deals").hidden = false;
}

find("sign-in").onsubmit = (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  attempt(async () => {
    const session = await post("/api/v1/auth/login", { email: form.get("email"), password: form.get("password") });
    token = session.accessToken;
    await show();
    event.target.hidden = true;
  });
};
