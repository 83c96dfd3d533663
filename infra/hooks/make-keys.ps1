# Makes the platform's two keys for the first provisioning, which puts them into the vault. Once the vault is known they are there, and are never made again.
$ErrorActionPreference = 'Stop'

if ($env:AZURE_VAULT_NAME) { exit 0 }

function New-Key { [Convert]::ToHexString([Security.Cryptography.RandomNumberGenerator]::GetBytes(32)).ToLowerInvariant() }

if (-not $env:ROOTCX_MASTER_KEY) { azd env set ROOTCX_MASTER_KEY (New-Key) }
if (-not $env:ROOTCX_JWT_SECRET) { azd env set ROOTCX_JWT_SECRET (New-Key) }
