// The two keys that stand outside the database.

@description('Name of the vault.')
param name string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Master key; empty to leave the present one.')
@secure()
param masterKey string

@description('Secret that tokens are signed with; empty to leave the present one.')
@secure()
param jwtSecret string

@description('Subnet of the private endpoints.')
param endpointSubnetId string

@description('Private zone of Key Vault.')
param zoneId string

var masterKeyName = 'rootcx-master-key'
var jwtSecretName = 'rootcx-jwt-secret'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true // without the master key all secrets are gone
    softDeleteRetentionInDays: 90
    publicNetworkAccess: 'Disabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny' }
  }
}

resource master 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(masterKey)) {
  parent: vault
  name: masterKeyName
  properties: { value: masterKey, contentType: '32 bytes in hex' }
}

resource jwt 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = if (!empty(jwtSecret)) {
  parent: vault
  name: jwtSecretName
  properties: { value: jwtSecret, contentType: 'text' }
}

module endpoint 'private-endpoint.bicep' = {
  params: {
    name: 'pe-${name}'
    location: location
    tags: tags
    subnetId: endpointSubnetId
    resourceId: vault.id
    groupId: 'vault'
    zoneId: zoneId
  }
}

@description('Name of the vault.')
output name string = vault.name

// Addresses without a version: the hosts follow the newest one. They are where the values lie, not the values.
@description('Address of the master key.')
output masterKeyUri string = '${vault.properties.vaultUri}secrets/${masterKeyName}'

@description('Address of the secret that tokens are signed with.')
output jwtSecretUri string = '${vault.properties.vaultUri}secrets/${jwtSecretName}'
