// The supervisors: one container app, each of whose replicas is a supervisor of its own. Nothing calls them; they take their work from queues and PostgreSQL.

import { identityType } from 'identities.bicep'

@description('Name of this installation.')
param environmentName string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Image; empty while none has been pushed.')
param image string

@description('Host name of the registry that images of one\'s own lie in.')
param registryServer string

@description('Replicas at the least.')
param leastReplicas int

@description('Replicas at the most.')
param mostReplicas int

@description('Processor cores of a replica; memory is twice that in GiB.')
param cores string

@description('Whether replicas are spread over zones.')
param zoneRedundant bool

@description('Subnet that it runs in.')
param subnetId string

@description('Its identity.')
param identity identityType

@description('The platform\'s role in PostgreSQL.')
param databaseIdentity identityType

@description('Name of the storage account.')
param storageName string

@description('Connection string of PostgreSQL, without a password.')
param database string

@description('Where the master key is.')
param masterKeyUri string

@description('Where the secret is that tokens are signed with.')
param jwtSecretUri string

@description('Base address of the API, as workers reach it.')
param apiUrl string

@description('Name of the Log Analytics workspace.')
param workspaceName string

@description('Name of the Application Insights component.')
param insightsName string

// Runs until the first image has been pushed, that is: it does not run, since there is no replica of it.
var placeholder = 'mcr.microsoft.com/azuredocs/containerapps-helloworld:latest'
var hasImage = !empty(image)

var port = 8080
var work = '/work'

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource host 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: 'cae-${environmentName}'
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: { destination: 'azure-monitor' }
    zoneRedundant: zoneRedundant
    vnetConfiguration: { infrastructureSubnetId: subnetId, internal: true }
    workloadProfiles: [{ name: 'Consumption', workloadProfileType: 'Consumption' }]
  }
}

// Through Azure Monitor, so that no key of the workspace is needed.
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: host
  name: 'logs'
  properties: {
    workspaceId: workspace.id
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

resource app 'Microsoft.App/containerApps@2025-01-01' = {
  // Short: the name of a replica begins with it, and becomes the id of a supervisor.
  name: 'supervisor'
  location: location
  tags: union(tags, { 'azd-service-name': 'supervisor' })
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {}, '${databaseIdentity.id}': {} }
  }
  properties: {
    managedEnvironmentId: host.id
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      registries: [{ server: registryServer, identity: identity.id }]
      secrets: [
        { name: 'master-key', keyVaultUrl: masterKeyUri, identity: identity.id }
        { name: 'jwt-secret', keyVaultUrl: jwtSecretUri, identity: identity.id }
      ]
    }
    template: {
      // A supervisor that is told to end hands its apps over and then has a minute for all of its ending; the rest is for the container around it.
      terminationGracePeriodSeconds: 90
      containers: [
        {
          name: 'supervisor'
          image: hasImage ? image : placeholder
          resources: { cpu: json(cores), memory: '${int(cores) * 2}Gi' }
          // The id of each is made from its replica's name, so none is set here.
          env: [
            { name: 'ASPNETCORE_HTTP_PORTS', value: string(port) }
            { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
            { name: 'ConnectionStrings__Storage__clientId', value: identity.clientId }
            { name: 'ConnectionStrings__Storage__blobServiceUri', value: storage.properties.primaryEndpoints.blob }
            { name: 'ConnectionStrings__Storage__queueServiceUri', value: storage.properties.primaryEndpoints.queue }
            { name: 'ConnectionStrings__Postgres', value: database }
            { name: 'Database__EntraTokens', value: 'true' }
            { name: 'Database__ClientId', value: databaseIdentity.clientId }
            { name: 'ROOTCX_MASTER_KEY', secretRef: 'master-key' }
            { name: 'ROOTCX_JWT_SECRET', secretRef: 'jwt-secret' }
            { name: 'Runtime__Url', value: apiUrl }
            { name: 'Supervisor__DataFolder', value: '${work}/data' }
            { name: 'TMPDIR', value: work }
          ]
          probes: hasImage
            ? [
                {
                  // The database is migrated before the host listens.
                  type: 'Startup'
                  httpGet: { path: '/health', port: port }
                  periodSeconds: 2
                  failureThreshold: 60
                }
                {
                  type: 'Liveness'
                  httpGet: { path: '/health', port: port }
                  periodSeconds: 10
                  timeoutSeconds: 5
                  failureThreshold: 6
                }
                {
                  type: 'Readiness'
                  httpGet: { path: '/health/ready', port: port }
                  periodSeconds: 5
                  timeoutSeconds: 5
                  failureThreshold: 3
                }
              ]
            : []
          volumeMounts: [{ volumeName: 'work', mountPath: work }]
        }
      ]
      // What lies there is made anew from blobs when it is lost.
      volumes: [{ name: 'work', storageType: 'EmptyDir' }]
      scale: {
        minReplicas: hasImage ? leastReplicas : 0
        maxReplicas: mostReplicas
        // An idle app costs memory, a busy one cores. A new supervisor takes its share of the apps, which relieves the others of both.
        rules: hasImage
          ? [
              { name: 'memory', custom: { type: 'memory', metadata: { type: 'Utilization', value: '70' } } }
              { name: 'cores', custom: { type: 'cpu', metadata: { type: 'Utilization', value: '70' } } }
            ]
          : []
      }
    }
  }
}

@description('Name of the container app.')
output name string = app.name
