// Who may do what, all of it on this page. PostgreSQL has roles of its own, see postgres.bicep.

import { definitionOf, roles } from 'roles.bicep'

@description('Principal of the API\'s identity.')
param apiPrincipalId string

@description('Principal of the supervisors\' identity.')
param supervisorPrincipalId string

@description('Name of the storage account.')
param storageName string

@description('Name of the vault.')
param vaultName string

@description('Name of the registry.')
param registryName string

@description('Name of the Application Insights component.')
param insightsName string

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource deployments 'containers' existing = { name: 'deployments' }
    resource icons 'containers' existing = { name: 'icons' }
    resource payloads 'containers' existing = { name: 'channel-payloads' }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName

  resource masterKey 'secrets' existing = { name: 'rootcx-master-key' }
  resource jwtSecret 'secrets' existing = { name: 'rootcx-jwt-secret' }
}

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' existing = {
  name: registryName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

// The API stores and collects everything in blobs; the Functions host below it has containers of its own there.
resource apiBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage
  name: guid(storage.id, apiPrincipalId, roles.storageBlobDataOwner)
  properties: {
    principalId: apiPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: definitionOf(roles.storageBlobDataOwner)
  }
}

// A supervisor reads archives, stores icons, and takes and leaves the large bodies of calls.
resource supervisorDeployments 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage::blobs::deployments
  name: guid(storage::blobs::deployments.id, supervisorPrincipalId, roles.storageBlobDataReader)
  properties: {
    principalId: supervisorPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: definitionOf(roles.storageBlobDataReader)
  }
}

resource supervisorIcons 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage::blobs::icons
  name: guid(storage::blobs::icons.id, supervisorPrincipalId, roles.storageBlobDataContributor)
  properties: {
    principalId: supervisorPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: definitionOf(roles.storageBlobDataContributor)
  }
}

resource supervisorPayloads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: storage::blobs::payloads
  name: guid(storage::blobs::payloads.id, supervisorPrincipalId, roles.storageBlobDataContributor)
  properties: {
    principalId: supervisorPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: definitionOf(roles.storageBlobDataContributor)
  }
}

// Each process has a queue of its own, which it makes, and puts messages on those of others.
resource queues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in [apiPrincipalId, supervisorPrincipalId]: {
    scope: storage
    name: guid(storage.id, principalId, roles.storageQueueDataContributor)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: definitionOf(roles.storageQueueDataContributor)
    }
  }
]

// Both keys and no other secret, should there ever be more of them in the vault.
resource masterKey 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in [apiPrincipalId, supervisorPrincipalId]: {
    scope: vault::masterKey
    name: guid(vault::masterKey.id, principalId, roles.keyVaultSecretsUser)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: definitionOf(roles.keyVaultSecretsUser)
    }
  }
]

resource jwtSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in [apiPrincipalId, supervisorPrincipalId]: {
    scope: vault::jwtSecret
    name: guid(vault::jwtSecret.id, principalId, roles.keyVaultSecretsUser)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: definitionOf(roles.keyVaultSecretsUser)
    }
  }
]

resource images 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, supervisorPrincipalId, roles.acrPull)
  properties: {
    principalId: supervisorPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: definitionOf(roles.acrPull)
  }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principalId in [apiPrincipalId, supervisorPrincipalId]: {
    scope: insights
    name: guid(insights.id, principalId, roles.monitoringMetricsPublisher)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: definitionOf(roles.monitoringMetricsPublisher)
    }
  }
]
