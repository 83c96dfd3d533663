# The keys are in the vault now and have no business on this machine. An empty parameter leaves what is in the vault as it is.
$ErrorActionPreference = 'Stop'

azd env set ROOTCX_MASTER_KEY ''
azd env set ROOTCX_JWT_SECRET ''
