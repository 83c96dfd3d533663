// PostgreSQL, with an address inside the network only.

@description('Name of the server.')
param name string

@description('Azure region.')
param location string

@description('Tags of each resource.')
param tags object

@description('Compute size.')
param sku string

@description('Tier of the compute size.')
param tier string

@description('Disk, in GiB.')
param storageGigabytes int

@description('Days that backups are kept.')
param backupDays int

@description('Whether there is a standby in another zone.')
param zoneRedundant bool

@description('Subnet that it stands in.')
param subnetId string

@description('Private zone that gets its name.')
param zoneId string

@description('Name of the identity that the platform signs in as; its role here has that name.')
param platformIdentityName string

@description('Principal of that identity.')
param platformIdentityPrincipalId string

@description('Of the server\'s own administrator, whom the service wants because passwords are on. Nobody knows or needs it: it is another one after each deployment.')
@secure()
param unusedPassword string = 'A1-${newGuid()}${newGuid()}'

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: tier }
  properties: {
    version: '17'
    administratorLogin: 'unused'
    administratorLoginPassword: unusedPassword
    // The platform signs in with tokens. Apps have roles of their own, with passwords that the platform makes, so both have to be on.
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Enabled'
      tenantId: tenant().tenantId
    }
    storage: { storageSizeGB: storageGigabytes, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: backupDays, geoRedundantBackup: 'Disabled' }
    highAvailability: { mode: zoneRedundant ? 'ZoneRedundant' : 'Disabled' }
    network: {
      delegatedSubnetResourceId: subnetId
      privateDnsZoneArmResourceId: zoneId
      publicNetworkAccess: 'Disabled'
    }
  }

  // The platform makes a role and a schema for each app and ends sessions of deleted ones. An Entra administrator has CREATEROLE and, as a member of
  // azure_pg_admin, owns the database; without a way to run SQL from here there is no smaller role to be had. It is no superuser.
  resource platform 'administrators' = {
    name: platformIdentityPrincipalId
    properties: {
      principalName: platformIdentityName
      principalType: 'ServicePrincipal'
      tenantId: tenant().tenantId
    }
    dependsOn: [database]
  }

  resource database 'databases' = {
    name: 'rootcx'
    properties: { charset: 'UTF8', collation: 'C.utf8' }
  }
}

@description('Its host name.')
output host string = server.properties.fullyQualifiedDomainName

@description('Name of the database.')
output databaseName string = server::database.name
