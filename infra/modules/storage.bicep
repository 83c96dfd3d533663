// Blobs and queues, reached from inside the network and with identities only.

@description('Name of the account.')
param name string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Whether it is kept across zones.')
param zoneRedundant bool

@description('Subnet of the private endpoints.')
param endpointSubnetId string

@description('Private zone of blobs.')
param blobZoneId string

@description('Private zone of queues.')
param queueZoneId string

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    publicNetworkAccess: 'Disabled'
    supportsHttpsTrafficOnly: true
    networkAcls: { bypass: 'None', defaultAction: 'Deny' }
  }

  // Deleted blobs are not kept: every large body of a call is one, deleted as soon as it was read. A container that is deleted by mistake comes back.
  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      containerDeleteRetentionPolicy: { enabled: true, days: 14 }
      deleteRetentionPolicy: { enabled: false }
    }

    resource deployments 'containers' = { name: 'deployments' }
    resource icons 'containers' = { name: 'icons' }
    resource frontends 'containers' = { name: 'frontends' }
    resource payloads 'containers' = { name: 'channel-payloads' }
    resource packages 'containers' = { name: 'api-packages' }
  }

  resource queues 'queueServices' = { name: 'default' }

  resource lifecycle 'managementPolicies' = {
    name: 'default'
    properties: {
      policy: {
        rules: [
          {
            // The platform deletes a body when it was read, and sweeps those that nobody fetched within minutes. This is for the day on which nothing of it runs.
            name: 'leftover-payloads'
            type: 'Lifecycle'
            enabled: true
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${blobs::payloads.name}/'] }
              actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 1 } } }
            }
          }
          {
            // Only the platform knows which archive an app still runs from, and deletes the others itself: a rule may make old ones cheaper, never delete them, and
            // never move them to where they can't be read at once.
            name: 'old-archives'
            type: 'Lifecycle'
            enabled: true
            definition: {
              filters: { blobTypes: ['blockBlob'], prefixMatch: ['${blobs::deployments.name}/'] }
              actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: 60 } } }
            }
          }
        ]
      }
    }
  }
}

module blobEndpoint 'private-endpoint.bicep' = {
  params: {
    name: 'pe-${name}-blob'
    location: location
    tags: tags
    subnetId: endpointSubnetId
    resourceId: account.id
    groupId: 'blob'
    zoneId: blobZoneId
  }
}

module queueEndpoint 'private-endpoint.bicep' = {
  params: {
    name: 'pe-${name}-queue'
    location: location
    tags: tags
    subnetId: endpointSubnetId
    resourceId: account.id
    groupId: 'queue'
    zoneId: queueZoneId
  }
}

@description('Name of the account.')
output name string = account.name

@description('Container that the Function App\'s own packages lie in.')
output packageContainer string = account::blobs::packages.name
