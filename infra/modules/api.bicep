// The API: a Function App on the Flex Consumption plan.

import { identityType } from 'identities.bicep'

@description('Name of the Function App, and with it of the API\'s address.')
param name string

@description('Name of its plan.')
param planName string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Memory of an instance, in MB.')
param instanceMemory int

@description('Most instances.')
param mostInstances int

@description('Instances that are always up for requests.')
param alwaysReady int

@description('Whether instances are spread over zones.')
param zoneRedundant bool

@description('Subnet that it reaches everything else from.')
param subnetId string

@description('Its identity.')
param identity identityType

@description('The platform\'s role in PostgreSQL.')
param databaseIdentity identityType

@description('Name of the storage account.')
param storageName string

@description('Container that the app\'s packages lie in.')
param packageContainer string

@description('Connection string of PostgreSQL, without a password.')
param database string

@description('Where the master key is.')
param masterKeyUri string

@description('Where the secret is that tokens are signed with.')
param jwtSecretUri string

@description('Name of the Application Insights component.')
param insightsName string

@description('Origins whose pages may call the API.')
param allowedOrigins array

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {}, '${databaseIdentity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identity.id
    virtualNetworkSubnetId: subnetId
    functionAppConfig: {
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${storage.properties.primaryEndpoints.blob}${packageContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemory
        maximumInstanceCount: mostInstances
        alwaysReady: alwaysReady > 0 ? [{ name: 'http', instanceCount: alwaysReady }] : []
      }
    }
    siteConfig: { minTlsVersion: '1.2' }
  }

  // Deployments sign in with Entra ID.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(
      {
        // The Functions host's own storage. Without a table's address it keeps no diagnostic tables, which nothing here reads.
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identity.clientId
        AzureWebJobsStorage__blobServiceUri: storage.properties.primaryEndpoints.blob
        AzureWebJobsStorage__queueServiceUri: storage.properties.primaryEndpoints.queue
        AzureWebJobsDisableHomepage: 'true'
        APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.clientId};Authorization=AAD'

        ConnectionStrings__Storage__clientId: identity.clientId
        ConnectionStrings__Storage__blobServiceUri: storage.properties.primaryEndpoints.blob
        ConnectionStrings__Storage__queueServiceUri: storage.properties.primaryEndpoints.queue
        ConnectionStrings__Postgres: database
        Database__EntraTokens: 'true'
        Database__ClientId: databaseIdentity.clientId
        ROOTCX_MASTER_KEY: '@Microsoft.KeyVault(SecretUri=${masterKeyUri})'
        ROOTCX_JWT_SECRET: '@Microsoft.KeyVault(SecretUri=${jwtSecretUri})'
        Api__TrustedProxies: '1'
      },
      toObject(range(0, length(allowedOrigins)), i => 'Api__AllowedOrigins__${i}', i => allowedOrigins[i])
    )
  }
}

@description('Name of the Function App.')
output name string = app.name

@description('Base address of the API.')
output url string = 'https://${app.properties.defaultHostName}'
