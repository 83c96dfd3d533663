#!/bin/sh
# Makes the platform's two keys for the first provisioning, which puts them into the vault. Once the vault is known they are there, and are never made again.
set -eu

[ -z "${AZURE_VAULT_NAME:-}" ] || exit 0

new_key() { od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n'; }

[ -n "${ROOTCX_MASTER_KEY:-}" ] || azd env set ROOTCX_MASTER_KEY "$(new_key)"
[ -n "${ROOTCX_JWT_SECRET:-}" ] || azd env set ROOTCX_JWT_SECRET "$(new_key)"
