// test-summary.mjs FILTER NAME=EXIT:REPORT…: names the failed tests of all runners, and ends with one line that counts everything.
// The exit code is 1 when a test failed, a runner ended badly without a failed test to show for it, or nothing ran at all.
import { existsSync, readFileSync } from "node:fs";

const entities = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&" };
const decode = (text) => text.replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
  .replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)))
  .replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => entities[entity]);
const attribute = (tag, name) => decode(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "");

// Both formats have one element per test. Attribute values never hold a bare ">" in what these two runners write… but a name may, so
// quoted parts are skipped as a whole.
const attributes = String.raw`(?:[^>"]|"[^"]*")*?`;

function readBun(xml) {
  const tests = [...xml.matchAll(new RegExp(`<testcase\\b(${attributes})(?:/>|>([\\s\\S]*?)</testcase>)`, "g"))];
  return tests.map(([, tag, body = ""]) => ({
    name: [attribute(tag, "classname"), attribute(tag, "name")].filter(Boolean).join(" > "),
    result: /<(failure|error)\b/.test(body) ? "failed" : /<skipped\b/.test(body) ? "skipped" : "passed",
  }));
}

function readXunit(xml) {
  const results = { Pass: "passed", Fail: "failed", Skip: "skipped" };
  const tests = [...xml.matchAll(new RegExp(`<test\\b(${attributes})/?>`, "g"))].map(([, tag]) => ({
    name: attribute(tag, "name"),
    result: results[attribute(tag, "result")] ?? "not run",
  }));
  // What went wrong outside of any test, such as a class whose clean-up threw.
  const errors = [...xml.matchAll(new RegExp(`<error\\b(${attributes})>`, "g"))].map(([, tag]) => ({
    name: `${attribute(tag, "type")} ${attribute(tag, "name")}`.trim(),
    result: "failed",
  }));
  return [...tests, ...errors];
}

const [filter, ...runners] = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0, "not run": 0 };
const problems = [];

for (const runner of runners) {
  const [, name, exit, report] = /^(\w+)=(\d+):(.*)$/.exec(runner);
  const tests = existsSync(report) ? (name === "bun" ? readBun : readXunit)(readFileSync(report, "utf8")) : [];
  const failed = tests.filter((test) => test.result === "failed");
  for (const { result } of tests) {
    // Bun calls what a filter left out skipped, which nobody wants to read.
    if (!(filter && name === "bun" && result === "skipped")) {
      total[result]++;
    }
  }
  problems.push(...failed.map((test) => `FAILED ${name}: ${test.name}`));

  // With a filter, a runner that has no such test is no failure; bun says it with its exit code.
  const none = tests.every((test) => test.result === "skipped" || test.result === "not run");
  if (none ? !filter : exit !== "0" && failed.length === 0) {
    problems.push(none ? `FAILED ${name}: no tests ran (exit code ${exit})` : `FAILED ${name}: the runner ended with exit code ${exit}`);
  }
}

for (const problem of problems) {
  console.log(problem);
}
const skipped = total.skipped === 0 ? "" : `, ${total.skipped} skipped`;
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(problems.length > 0 || total.passed + total.failed === 0 ? 1 : 0);
