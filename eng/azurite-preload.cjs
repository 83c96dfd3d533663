// Loaded into Azurite's process before Azurite itself. Azurite loads its telemetry client even when told not to send any, and that is
// more than half of its start-up time and a third of its memory; with --disableTelemetry nothing of it is ever used.
const Module = require("node:module");

const load = Module._load;
Module._load = function (request, ...rest) {
  return request === "applicationinsights" ? {} : load.call(this, request, ...rest);
};
